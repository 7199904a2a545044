#!/usr/bin/env bash
# This project's own broker in the foreground.
#
#     puremqtt.sh BROKER DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT
#
# BROKER is the program. DIR has server.pem and server.key. "user" has the password "password".
set -euo pipefail
broker=$1 dir=$2 port=$4 password_port=$5 tls_port=$6 websocket_port=$7

rm -f "$dir/passwords"
mosquitto_passwd -b -c "$dir/passwords" user password
cat >"$dir/broker.conf" <<CONF
allow_anonymous true
password_file $dir/passwords

listener $port 127.0.0.1

listener $password_port 127.0.0.1

listener $tls_port 127.0.0.1
certfile $dir/server.pem
keyfile $dir/server.key

listener $websocket_port 127.0.0.1
protocol websockets
CONF
exec "$broker" --config "$dir/broker.conf"
