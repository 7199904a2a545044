// What the agents in JavaScript share: commands come in as lines, answers go out as lines.
// See "Agents" in ../README.md.
'use strict'

const readline = require('node:readline')

class Refused extends Error {}

const [host, port, version, transport, ca] = process.argv.slice(2)

function say (...words) {
  process.stdout.write(words.join(' ') + '\n')
}

function message (topic, payload, qos, retain) {
  say('message', topic, payload.toString() || '-', qos, Number(retain))
}

// What `connect` asks for; a `-` is null.
function wanted (words) {
  const [id, clean, expiry, user, password, topic, payload, qos, retain] =
    words.map(word => (word === '-' ? null : word))
  const will = topic && { topic, payload, qos: Number(qos), retain: retain === '1' }
  return { id, clean: clean === '1', expiry: Number(expiry), user, password, will }
}

// Session Present, of which some libraries do not tell.
function present (flag) {
  return flag === undefined ? '-' : Number(flag)
}

async function perform (agent, command, words) {
  switch (command) {
    case 'connect':
      return ['connected', present(await agent.connect(wanted(words)))]
    case 'subscribe':
      await agent.subscribe(words[0], Number(words[1]))
      return ['subscribed']
    case 'unsubscribe':
      await agent.unsubscribe(words[0])
      return ['unsubscribed']
    case 'publish': {
      const [topic, payload, qos, retain] = words
      await agent.publish(topic, payload === '-' ? '' : payload, Number(qos), retain === '1')
      return ['published']
    }
    case 'disconnect':
      await agent.disconnect()
      return ['disconnected']
    default:
      throw new Error(`unknown command ${command}`)
  }
}

// `agent` has connect(wanted), which gives Session Present, subscribe(filter, qos),
// unsubscribe(filter), publish(topic, payload, qos, retain) and disconnect().
async function serve (agent) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, ...words] = line.trim().split(' ')
    try {
      say(...await perform(agent, command, words))
    } catch (error) {
      say(error instanceof Refused ? 'refused' : 'error', String(error.message).split('\n')[0])
    }
  }
  process.exit(0)
}

module.exports = { Refused, host, port: Number(port), version, transport, ca, message, serve }
