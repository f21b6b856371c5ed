// Wrong: it connects again with no pause, so it has used up its attempts before a broker is up again.
//
// Found by: exit status 1
// Sweep with: --faults down,restart

const amqp = require("amqplib");

async function publish(attempts) {
  try {
    const connection = await amqp.connect(process.env.AMQP_URL);
    connection.on("error", () => {});
    const channel = await connection.createConfirmChannel();
    channel.on("error", () => {});
    await channel.assertQueue("orders", { durable: true });
    await new Promise((yes, no) => {
      connection.on("close", () => no(new Error("closed")));
      channel.sendToQueue("orders", Buffer.from("order"), { persistent: true }, (error) => (error ? no(error) : yes()));
    });
    await connection.close();
  } catch (error) {
    if (attempts === 0) throw error;
    await publish(attempts - 1);
  }
}

publish(100).catch((error) => {
  console.log(String(error));
  process.exit(1);
});
