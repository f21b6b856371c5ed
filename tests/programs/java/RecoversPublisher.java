// Wrong: it trusts automatic recovery. The connection comes back, but what was published meanwhile does not.
//
// Found by: lost|exit status
// Sweep with: --faults reset,close

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;

public class RecoversPublisher {
    public static void main(String[] arguments) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL"));
        factory.setAutomaticRecoveryEnabled(true);
        factory.setNetworkRecoveryInterval(100);
        Connection connection = factory.newConnection();
        Channel channel = connection.createChannel();
        channel.queueDeclare("orders", true, false, false, null);
        for (int number = 0; number < 3; number++) {
            try {
                channel.basicPublish("", "orders", MessageProperties.PERSISTENT_BASIC, ("order " + number).getBytes());
            } catch (AlreadyClosedException error) {
                System.out.println(error);
            }
            Thread.sleep(50);
        }
        try {
            connection.close();
        } catch (AlreadyClosedException error) {
            System.out.println(error);
        }
        System.exit(0);
    }
}
