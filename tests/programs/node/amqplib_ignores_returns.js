// Wrong: it publishes with mandatory, and listens to no "return": a message that could not be routed is confirmed, and gone.
//
// Found by: return-ignored|lost
// Sweep with: --faults return

const amqp = require("amqplib");

(async () => {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue("orders", { durable: true });
  for (let number = 0; number < 3; number++)
    channel.sendToQueue("orders", Buffer.from(`order ${number}`), { persistent: true, mandatory: true });
  await channel.waitForConfirms();
  await connection.close();
})();
