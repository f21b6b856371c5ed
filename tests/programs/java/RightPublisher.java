// Right: it publishes each order until it is confirmed in time, and connects anew when anything breaks.
//
// Sweep with: --allow-exit 3

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

public class RightPublisher {
    private static final Deque<String> ORDERS = new ArrayDeque<>(List.of("order 0", "order 1", "order 2"));

    static void publish() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL"));
        factory.setAutomaticRecoveryEnabled(false);
        factory.setConnectionTimeout(3000);
        factory.setHandshakeTimeout(3000);
        factory.setChannelRpcTimeout(4000);
        factory.setShutdownTimeout(1000);
        Connection connection = factory.newConnection();
        try {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare("orders", true, false, false, null);
            while (!ORDERS.isEmpty()) {
                channel.basicPublish("", "orders", MessageProperties.PERSISTENT_BASIC, ORDERS.peek().getBytes());
                channel.waitForConfirmsOrDie(4000);
                ORDERS.remove();
            }
        } finally {
            connection.abort(1000);
        }
    }

    public static void main(String[] arguments) throws Exception {
        for (int attempt = 0; attempt < 10; attempt++) {
            try {
                publish();
                System.exit(0);
            } catch (Exception error) {
                System.out.println(error);
            }
            Thread.sleep(200);
        }
        System.exit(3);
    }
}
