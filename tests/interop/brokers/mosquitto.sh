#!/usr/bin/env bash
# mosquitto in the foreground.
#
#     mosquitto.sh DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT
#
# DIR has server.pem and server.key. On PASSWORD_PORT "user" has the password "password".
set -euo pipefail
dir=$1 port=$3 password_port=$4 tls_port=$5

rm -f "$dir/passwords"
mosquitto_passwd -b -c "$dir/passwords" user password
cat >"$dir/mosquitto.conf" <<CONF
per_listener_settings true

listener $port 127.0.0.1
allow_anonymous true

listener $password_port 127.0.0.1
allow_anonymous false
password_file $dir/passwords

listener $tls_port 127.0.0.1
allow_anonymous true
certfile $dir/server.pem
keyfile $dir/server.key
CONF
# Started by root, mosquitto would become another user, who may not read the files.
if [[ $EUID -eq 0 ]]; then echo 'user root' >>"$dir/mosquitto.conf"; fi
exec mosquitto -c "$dir/mosquitto.conf"
