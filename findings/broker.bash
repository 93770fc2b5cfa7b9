# For the findings that need a broker: RabbitMQ 3.10.8 of Debian 12 in "$work", on loopback. Source it and say `broker`.
# Nothing is installed: apt-get fetches the packages, and they are unpacked. Sets `url`; all ends with the script.
broker() {
  local erlang=1:25.2.3+dfsg-1+deb12u4 rabbitmq=3.10.8-1.1+deb12u1 ports package part
  local parts=(base asn1 crypto eldap ftp inets mnesia os-mon parsetools public-key runtime-tools snmp ssl syntax-tools
    tftp tools xmerl)
  mkdir "$work/debs" "$work/broker"
  (cd "$work/debs" && apt-get -qq download "rabbitmq-server=$rabbitmq" "${parts[@]/#/erlang-}" 2>/dev/null)
  for part in "${parts[@]}"; do
    compgen -G "$work/debs/erlang-${part}_${erlang/:/%3a}_*" >/dev/null || { echo "erlang-$part is not $erlang" >&2; exit 2; }
  done
  for package in "$work"/debs/*.deb; do dpkg -x "$package" "$work/root"; done
  local otp=$work/root/usr/lib/erlang
  sed -i "s|ROOTDIR=/usr/lib/erlang|ROOTDIR=$otp|" "$otp/bin/erl"
  # shellcheck disable=SC2016 # Python's, not the shell's
  read -ra ports < <(python3 -c 'import socket
found = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(one.getsockname()[1] for one in found))')
  url=amqp://guest:guest@127.0.0.1:${ports[0]}/
  echo '[].' >"$work/broker/plugins"
  export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=${ports[1]}
  "$otp"/erts-*/bin/epmd -address 127.0.0.1 -port "${ports[1]}" &
  ended=($!)
  HOME=$work/broker PATH=$otp/bin:$PATH RABBITMQ_NODENAME=finding@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
    RABBITMQ_NODE_PORT=${ports[0]} RABBITMQ_DIST_PORT=${ports[2]} RABBITMQ_MNESIA_BASE=$work/broker/mnesia \
    RABBITMQ_LOGS=- RABBITMQ_CONFIG_FILE=$work/broker/none RABBITMQ_CONF_ENV_FILE=$work/broker/none \
    RABBITMQ_ENABLED_PLUGINS_FILE=$work/broker/plugins RABBITMQ_FEATURE_FLAGS_FILE=$work/broker/flags \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    "$work"/root/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >"$work/broker/out" 2>&1 &
  ended+=($!)
  trap 'kill "${ended[@]}" 2>/dev/null; wait "${ended[@]}" 2>/dev/null; rm -rf "$work"' EXIT
  until grep -q 'completed with' "$work/broker/out"; do
    kill -0 "${ended[1]}" 2>/dev/null || { cat "$work/broker/out" >&2; exit 2; }
    sleep 0.2
  done
}
