// Eclipse Paho C++ as an agent, by its asynchronous client. See "Agents" in ../README.md.

#include <chrono>
#include <iostream>
#include <iterator>
#include <memory>
#include <mqtt/async_client.h>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Words = std::vector<std::string>;

constexpr auto WAIT = std::chrono::seconds(10);

std::mutex answers;

void say(const std::string &line) {
    const std::lock_guard<std::mutex> guard(answers);
    std::cout << line << std::endl;
}

struct Arguments {
    std::string host, port, version, transport, ca;
};

class Agent {
    Arguments arguments;
    std::unique_ptr<mqtt::async_client> client;

    int version() const {
        if (arguments.version == "5")
            return MQTTVERSION_5;
        return arguments.version == "3.1" ? MQTTVERSION_3_1 : MQTTVERSION_3_1_1;
    }

    std::string uri() const {
        const bool ws = arguments.transport == "ws";
        const auto scheme = ws ? "ws" : arguments.transport == "tls" ? "ssl" : "tcp";
        return std::string(scheme) + "://" + arguments.host + ":" + arguments.port + (ws ? "/mqtt" : "");
    }

    static void finish(const mqtt::token_ptr &token) {
        if (!token->wait_for(WAIT))
            throw std::runtime_error("no answer");
    }

    static void message(const mqtt::const_message_ptr &message) {
        std::ostringstream line;
        const auto payload = message->to_string();
        line << "message " << message->get_topic() << ' ' << (payload.empty() ? "-" : payload) << ' '
             << message->get_qos() << ' ' << message->is_retained();
        say(line.str());
    }

  public:
    explicit Agent(Arguments arguments) : arguments(std::move(arguments)) {}

    // connect ID CLEAN EXPIRY USER PASSWORD WILLTOPIC WILLPAYLOAD WILLQOS WILLRETAIN
    std::string connect(const Words &words) {
        client = std::make_unique<mqtt::async_client>(
            uri(), words.at(1), mqtt::create_options(version()));
        client->set_message_callback(message);
        const bool five = version() == MQTTVERSION_5, clean = words.at(2) == "1";
        mqtt::connect_options options;
        options.set_mqtt_version(version());
        options.set_keep_alive_interval(30);
        if (five) {
            options.set_clean_start(clean);
            options.set_properties(
                {{mqtt::property::SESSION_EXPIRY_INTERVAL, std::stoi(words.at(3))}});
        } else {
            options.set_clean_session(clean);
        }
        if (words.at(4) != "-") {
            options.set_user_name(words.at(4));
            options.set_password(words.at(5));
        }
        if (words.at(6) != "-")
            options.set_will(mqtt::will_options(mqtt::message(
                words.at(6), words.at(7), std::stoi(words.at(8)), words.at(9) == "1")));
        if (arguments.transport == "tls") {
            mqtt::ssl_options tls;
            tls.set_trust_store(arguments.ca);
            tls.set_verify(true);
            options.set_ssl(tls);
        }
        const auto token = client->connect(options);
        try {
            finish(token);
        } catch (const mqtt::exception &error) {
            // What the broker has said is above 0; below it are the library's own codes.
            if (error.get_return_code() > 0 || error.get_reason_code() > 0)
                return "refused " + std::string(error.what());
            throw;
        }
        return std::string("connected ") + (token->get_connect_response().is_session_present() ? "1" : "0");
    }

    std::string subscribe(const Words &words) {
        finish(client->subscribe(words.at(1), std::stoi(words.at(2))));
        return "subscribed";
    }

    std::string unsubscribe(const Words &words) {
        finish(client->unsubscribe(words.at(1)));
        return "unsubscribed";
    }

    std::string publish(const Words &words) {
        const auto payload = words.at(2) == "-" ? "" : words.at(2);
        finish(client->publish(words.at(1), payload, std::stoi(words.at(3)), words.at(4) == "1"));
        return "published";
    }

    std::string disconnect(const Words &) {
        finish(client->disconnect());
        return "disconnected";
    }

    std::string perform(const Words &words) {
        if (words.at(0) == "connect")
            return connect(words);
        if (words.at(0) == "subscribe")
            return subscribe(words);
        if (words.at(0) == "unsubscribe")
            return unsubscribe(words);
        if (words.at(0) == "publish")
            return publish(words);
        if (words.at(0) == "disconnect")
            return disconnect(words);
        return "error unknown command";
    }
};

} // namespace

int main(int count, char **values) {
    if (count != 6)
        return 2;
    Agent agent({values[1], values[2], values[3], values[4], values[5]});
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream split(line);
        const Words words{std::istream_iterator<std::string>(split), {}};
        if (words.empty())
            continue;
        try {
            say(agent.perform(words));
        } catch (const std::exception &error) {
            say(std::string("error ") + error.what());
        }
    }
    return 0;
}
