// What record.py makes MQTT.js do: mqttjs.js VERSION SCENARIO PORT.
'use strict'

const mqtt = require('mqtt')

const [version, scenario, port] = process.argv.slice(2)
const protocol = {
  '3.1': { protocolId: 'MQIsdp', protocolVersion: 3 },
  '3.1.1': { protocolId: 'MQTT', protocolVersion: 4 },
  5: { protocolId: 'MQTT', protocolVersion: 5 },
}[version]
const temperature = 'area/10/sensor/5000/temperature'
const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds))
const connect = options =>
  mqtt.connectAsync({ host: '127.0.0.1', port, reconnectPeriod: 0, ...protocol, ...options })

async function essentials() {
  const client = await connect({
    clientId: 'mqttjs',
    keepalive: 2,
    username: 'operator',
    password: 'swordfish',
    will: { topic: 'area/10/status', payload: Buffer.from('gone'), qos: 1, retain: true },
  })
  await client.subscribeAsync({
    'area/10/#': { qos: 2 },
    'area/+/sensor/+/humidity': { qos: 1 },
    'área/十': { qos: 0 },
  })
  for (const qos of [0, 1, 2]) await client.publishAsync(temperature, `21.${qos}`, { qos })
  await client.publishAsync('área/十', '21,5 °C', { qos: 1, retain: true })
  await client.publishAsync('área/十', '', { qos: 1, retain: true })
  await pause(3000) // longer than the keep alive
  await client.unsubscribeAsync(['area/10/#', 'area/+/sensor/+/humidity', 'area/99'])
  await client.endAsync()
}

async function properties() {
  const message = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 3600,
    contentType: 'text/plain',
    responseTopic: 'area/10/reply',
    correlationData: Buffer.from([0, 1, 254, 255]),
    userProperties: { unit: ['celsius', '°C'], site: 'lisbon' },
  }
  const client = await connect({
    clientId: 'mqttjs',
    clean: true,
    autoAssignTopicAlias: true,
    username: 'operator',
    password: 'swordfish',
    properties: {
      sessionExpiryInterval: 120,
      receiveMaximum: 10,
      maximumPacketSize: 100000,
      topicAliasMaximum: 10,
      requestResponseInformation: true,
      requestProblemInformation: false,
      userProperties: { site: 'lisbon' },
    },
    will: {
      topic: 'area/10/status',
      payload: Buffer.from('gone'),
      qos: 2,
      retain: false,
      properties: { willDelayInterval: 5, ...message },
    },
  })
  await client.publishAsync('area/11/nobody', 'listens', { qos: 1 }) // PUBACK 0x10
  await client.publishAsync('area/11/nobody', 'listens', { qos: 2 }) // PUBREC 0x10
  await client.publishAsync(temperature, 'kept', { qos: 1, retain: true })
  await client.subscribeAsync(
    {
      'area/10/#': { qos: 2, nl: true },
      [temperature]: { qos: 1, rap: true, rh: 1 },
      'area/+/sensor/#': { qos: 0, rh: 2 },
    },
    { properties: { subscriptionIdentifier: 16384, userProperties: { why: 'log' } } },
  )
  for (const qos of [0, 1, 2])
    await client.publishAsync(temperature, `21.${qos}`, { qos, properties: { ...message } })
  await pause(300)
  await client.unsubscribeAsync(['area/10/#', 'area/99'], {
    properties: { userProperties: { why: 'done' } },
  })
  await client.endAsync(false, {
    reasonCode: 4,
    properties: { sessionExpiryInterval: 0, reasonString: 'switched off' },
  })
}

async function resend() {
  // The recorder breaks the first connection at the PUBLISH, so the second repeats it.
  const client = await connect({ clientId: 'mqttjs', clean: false, reconnectPeriod: 200 })
  await client.publishAsync(temperature, '21.5', { qos: 2 })
  await client.endAsync()
}

setTimeout(() => process.exit(2), 15000).unref()
const run = { essentials, properties, resend }[scenario]
run().catch(error => {
  console.error(error)
  process.exit(1)
})
