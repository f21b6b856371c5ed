// Wrong: it waits for confirms with no limit of time; where there are no heartbeats nothing tells it that none will come.
//
// Found by: hung
// Sweep with: --faults blackhole --heartbeat 0

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;

public class ConfirmsForever {
    public static void main(String[] arguments) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL"));
        factory.setRequestedHeartbeat(0);
        factory.setAutomaticRecoveryEnabled(false);
        Connection connection = factory.newConnection();
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare("orders", true, false, false, null);
        for (int number = 0; number < 3; number++) {
            channel.basicPublish("", "orders", MessageProperties.PERSISTENT_BASIC, ("order " + number).getBytes());
        }
        channel.waitForConfirms();
        connection.close();
    }
}
