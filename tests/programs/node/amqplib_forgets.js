// Wrong: when its connection breaks it connects again, but declares and consumes nothing on the new one.
//
// Found by: hung|consumer-not-renewed|topology-forgotten
// Sweep with: --before SEED --faults reset,close-connection

const amqp = require("amqplib");

const handled = new Set();
let channel;

async function connect() {
  try {
    const connection = await amqp.connect(process.env.AMQP_URL);
    connection.on("error", () => {});
    connection.on("close", () => handled.size < 3 && setTimeout(connect, 200));
    channel = await connection.createChannel();
    channel.on("error", () => {});
    await channel.prefetch(1);
    return connection;
  } catch (error) {
    await new Promise((done) => setTimeout(done, 200));
    return connect();
  }
}

(async () => {
  await connect();
  const take = (message) => {
    if (message === null) return;
    try {
      channel.ack(message);
    } catch (error) {
      return;
    }
    handled.add(message.content.toString());
    if (handled.size === 3) setTimeout(() => process.exit(0), 100);
  };
  try {
    await channel.consume("jobs", take);
  } catch (error) {
    console.log(String(error));
  }
})();
