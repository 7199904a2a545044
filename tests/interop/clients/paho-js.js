// Eclipse Paho JavaScript as an agent: WebSocket alone, 3.1 and 3.1.1.
'use strict'

global.WebSocket = require('ws')
const Paho = require('paho-mqtt')
const { Refused, host, port, version, message, serve } = require('./agent.js')

let client
const published = []

function connect ({ id, clean, user, password, will }) {
  client = new Paho.Client(host, port, '/mqtt', id)
  client.onMessageArrived = ({ destinationName, payloadString, qos, retained }) => {
    message(destinationName, payloadString, qos, retained)
  }
  client.onMessageDelivered = () => published.shift()?.()
  return new Promise((resolve, reject) => {
    const options = {
      cleanSession: clean,
      keepAliveInterval: 30,
      mqttVersion: version === '3.1' ? 3 : 4,
      mqttVersionExplicit: true,
      reconnect: false,
      timeout: 10,
      // The library keeps Session Present to itself.
      onSuccess: () => resolve(undefined),
      onFailure: ({ errorCode, errorMessage }) => {
        reject(errorCode === 6 ? new Refused(errorMessage) : new Error(errorMessage))
      }
    }
    if (user !== null) Object.assign(options, { userName: user, password })
    if (will) options.willMessage = messageOf(will.topic, will.payload, will.qos, will.retain)
    client.connect(options)
  })
}

function messageOf (topic, payload, qos, retained) {
  const made = new Paho.Message(payload)
  return Object.assign(made, { destinationName: topic, qos, retained })
}

function promised (call) {
  return new Promise((resolve, reject) => {
    call({ onSuccess: resolve, onFailure: ({ errorMessage }) => reject(new Error(errorMessage)) })
  })
}

serve({
  connect,
  subscribe: (filter, qos) => promised(done => client.subscribe(filter, { qos, ...done })),
  unsubscribe: filter => promised(done => client.unsubscribe(filter, done)),
  publish: (topic, payload, qos, retain) => new Promise(resolve => {
    published.push(resolve)
    client.send(messageOf(topic, payload, qos, retain))
  }),
  disconnect: async () => client.disconnect()
})
