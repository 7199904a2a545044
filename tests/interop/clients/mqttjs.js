// MQTT.js as an agent.
'use strict'

const fs = require('node:fs')
const mqtt = require('mqtt')
const { Refused, host, port, version, transport, ca, message, serve } = require('./agent.js')

const LEVELS = { 3.1: 3, '3.1.1': 4, 5: 5 }
const SCHEMES = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws' }

let client

function connect ({ id, clean, expiry, user, password, will }) {
  const level = LEVELS[version]
  const options = {
    protocolVersion: level,
    protocolId: level === 3 ? 'MQIsdp' : 'MQTT',
    clientId: id,
    clean,
    keepalive: 30,
    reconnectPeriod: 0,
    connectTimeout: 10_000
  }
  if (level === 5) options.properties = { sessionExpiryInterval: expiry }
  if (user !== null) Object.assign(options, { username: user, password })
  if (will) options.will = { ...will, payload: Buffer.from(will.payload) }
  if (transport === 'tls') options.ca = fs.readFileSync(ca)
  const path = transport === 'ws' ? '/mqtt' : ''
  client = mqtt.connect(`${SCHEMES[transport]}://${host}:${port}${path}`, options)
  client.on('message', (topic, payload, packet) => {
    message(topic, payload, packet.qos, packet.retain)
  })
  return new Promise((resolve, reject) => {
    client.once('connect', connack => resolve(connack.sessionPresent))
    client.once('error', error => {
      reject(error.code > 0 ? new Refused(error.message) : error)
    })
    client.once('close', () => reject(new Error('closed')))
  })
}

serve({
  connect,
  subscribe: (filter, qos) => client.subscribeAsync(filter, { qos }),
  unsubscribe: filter => client.unsubscribeAsync(filter),
  publish: (topic, payload, qos, retain) => client.publishAsync(topic, payload, { qos, retain }),
  disconnect: () => client.endAsync()
})
