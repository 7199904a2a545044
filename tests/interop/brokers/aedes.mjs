// aedes in the foreground, with TLS and WebSocket.
//
//     node aedes.mjs DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT
//
// DIR has server.pem and server.key. On PASSWORD_PORT "user" has the password "password".
import fs from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'

// Unlike `import`, `require` looks into NODE_PATH.
const require = createRequire(import.meta.url)
const { Aedes } = require('aedes')
const { WebSocketServer, createWebSocketStream } = require('ws')

const HOST = '127.0.0.1'
const [dir, , port, passwordPort, tlsPort, websocketPort] = process.argv.slice(2)

const open = await Aedes.createBroker()
const closed = await Aedes.createBroker({
  authenticate (_client, user, password, done) {
    const right = user === 'user' && String(password) === 'password'
    // 5: not authorised.
    done(right ? null : Object.assign(new Error('refused'), { returnCode: 5 }), right)
  }
})

net.createServer(open.handle).listen(Number(port), HOST)
net.createServer(closed.handle).listen(Number(passwordPort), HOST)

const identity = {
  cert: fs.readFileSync(`${dir}/server.pem`),
  key: fs.readFileSync(`${dir}/server.key`)
}
tls.createServer(identity, open.handle).listen(Number(tlsPort), HOST)

const web = http.createServer().listen(Number(websocketPort), HOST)
// "mqtt", or "mqttv3.1" of a client that speaks 3.1.
new WebSocketServer({ server: web, handleProtocols: offered => [...offered][0] })
  .on('connection', (socket, request) => open.handle(createWebSocketStream(socket), request))
