// Right: amqplib works off a queue; each job is acked when what became of it is confirmed. Whatever breaks, it begins
// again.
//
// Sweep with: --before SEED --allow-exit 3

const amqp = require("amqplib");

const handled = new Set();
const begun = Date.now();

async function work() {
  const connection = await amqp.connect(process.env.AMQP_URL, { timeout: 4000 });
  let fail;
  const broken = new Promise((_, reject) => (fail = reject));
  broken.catch(() => {});
  const deadline = setTimeout(() => fail(new Error("no answer in time")), 6000);
  connection.on("error", fail);
  connection.on("close", () => fail(new Error("the connection is closed")));
  try {
    await Promise.race([serve(connection, fail), broken]);
  } finally {
    clearTimeout(deadline);
    const gone = setTimeout(() => connection.connection.stream.destroy(), 1000);
    await Promise.race([connection.close().catch(() => {}), new Promise((done) => setTimeout(done, 1000))]);
    clearTimeout(gone);
    connection.connection.stream.destroy();
  }
}

async function serve(connection, fail) {
  const channel = await connection.createConfirmChannel();
  channel.on("error", fail);
  channel.on("close", () => handled.size < 3 && fail(new Error("the channel is closed")));
  let returned = false; // it is confirmed, too
  channel.on("return", () => (returned = true) && fail(new Error("the job came back")));
  await channel.assertQueue("jobs", { durable: true });
  await channel.assertQueue("done", { durable: true });
  await channel.prefetch(1);
  await new Promise((finished) => {
    const take = async (message) => {
      if (message === null) return fail(new Error("the consumer is cancelled"));
      try {
        await new Promise((yes, no) =>
          channel.sendToQueue("done", message.content, { persistent: true, mandatory: true }, (error) =>
            error ? no(error) : yes()
          )
        );
        if (returned) return;
        channel.ack(message);
      } catch (error) {
        return fail(error);
      }
      handled.add(message.content.toString());
      if (handled.size === 3) finished();
    };
    channel.consume("jobs", take).catch(fail);
  });
  await channel.close();
}

(async () => {
  while (handled.size < 3) {
    try {
      await work();
    } catch (error) {
      console.log(String(error));
    }
    if (Date.now() - begun > 15000) process.exit(3);
    await new Promise((done) => setTimeout(done, 200));
  }
  process.exit(0);
})();
