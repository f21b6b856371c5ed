// amqplib: a publisher that learns from a confirm that its second message was not taken.
const amqp = require("amqplib");
const assert = require("assert");

const control = (path, body) =>
  fetch(process.env.CONTROL_URL + path, body && { method: "POST", body: JSON.stringify(body) });

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue("jobs");
  channel.sendToQueue("jobs", Buffer.from("resize"));
  await channel.waitForConfirms();

  await control("/faults", { when: { what: "basic.ack", direction: "out" }, then: { action: "nack" } });
  channel.sendToQueue("jobs", Buffer.from("crop"));
  await assert.rejects(channel.waitForConfirms());

  const journal = await (await control("/journal?name=basic.nack")).text();
  assert(journal.includes("basic.nack"));
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
