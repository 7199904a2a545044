/* Eclipse Paho C as an agent, by its synchronous client. See "Agents" in ../README.md. */

#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 10000

static const char *const *arguments; /* HOST PORT VERSION TRANSPORT CAFILE */
static MQTTClient client;
static int is_5;

static const char *maybe(const char *word) { return strcmp(word, "-") ? word : NULL; }

static int arrived(void *context, char *topic, int length, MQTTClient_message *message) {
    (void)context;
    (void)length;
    const char *payload = message->payloadlen ? message->payload : "-";
    int bytes = message->payloadlen ? message->payloadlen : 1;
    printf("message %s %.*s %d %d\n", topic, bytes, payload, message->qos, message->retained);
    fflush(stdout);
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return 1;
}

static void lost(void *context, char *cause) {
    (void)context;
    (void)cause;
}

static int open_client(const char *id) {
    char uri[256];
    const char *scheme = !strcmp(arguments[3], "tls") ? "ssl" : !strcmp(arguments[3], "ws") ? "ws" : "tcp";
    const char *path = !strcmp(arguments[3], "ws") ? "/mqtt" : "";
    snprintf(uri, sizeof uri, "%s://%s:%s%s", scheme, arguments[0], arguments[1], path);
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    options.MQTTVersion = is_5 ? MQTTVERSION_5 : MQTTVERSION_DEFAULT;
    int code = MQTTClient_createWithOptions(&client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    return code ? code : MQTTClient_setCallbacks(client, NULL, lost, arrived, NULL);
}

/* connect ID CLEAN EXPIRY USER PASSWORD WILLTOPIC WILLPAYLOAD WILLQOS WILLRETAIN */
static void do_connect(char **words) {
    MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions options = is_5 ? five : plain;
    MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    int clean = atoi(words[1]), code = open_client(words[0]);

    if (code) {
        printf("error create %d\n", code);
        return;
    }
    options.keepAliveInterval = 30;
    options.username = maybe(words[3]);
    options.password = maybe(words[4]);
    if (maybe(words[5])) {
        will.topicName = words[5];
        will.message = words[6];
        will.qos = atoi(words[7]);
        will.retained = atoi(words[8]);
        options.will = &will;
    }
    if (!strcmp(arguments[3], "tls")) {
        ssl.trustStore = arguments[4];
        ssl.verify = 1;
        options.ssl = &ssl;
    }
    if (is_5) {
        MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
        expiry.value.integer4 = (unsigned)atoi(words[2]);
        MQTTProperties_add(&properties, &expiry);
        options.cleanstart = clean;
        MQTTResponse response = MQTTClient_connect5(client, &options, &properties, NULL);
        code = response.reasonCode;
        MQTTResponse_free(response);
    } else {
        options.MQTTVersion = !strcmp(arguments[2], "3.1") ? MQTTVERSION_3_1 : MQTTVERSION_3_1_1;
        options.cleansession = clean;
        code = MQTTClient_connect(client, &options);
    }
    MQTTProperties_free(&properties);
    if (code == MQTTCLIENT_SUCCESS && is_5)
        printf("connected -\n"); /* of MQTT 5 the library tells no Session Present */
    else if (code == MQTTCLIENT_SUCCESS)
        printf("connected %d\n", options.returned.sessionPresent);
    else
        printf(code > 0 ? "refused %d\n" : "error connect %d\n", code);
}

static int subscribe(const char *filter, int qos) {
    if (!is_5)
        return MQTTClient_subscribe(client, filter, qos);
    MQTTResponse response = MQTTClient_subscribe5(client, filter, qos, NULL, NULL);
    int code = response.reasonCode;
    MQTTResponse_free(response);
    return code == qos ? MQTTCLIENT_SUCCESS : code;
}

static int unsubscribe(const char *filter) {
    if (!is_5)
        return MQTTClient_unsubscribe(client, filter);
    MQTTResponse response = MQTTClient_unsubscribe5(client, filter, NULL);
    int code = response.reasonCode;
    MQTTResponse_free(response);
    return code;
}

static int publish(const char *topic, const char *payload, int qos, int retain) {
    const char *text = maybe(payload) ? payload : "";
    int length = (int)strlen(text), code;
    MQTTClient_deliveryToken token = 0;
    if (is_5) {
        MQTTResponse response = MQTTClient_publish5(client, topic, length, text, qos, retain, NULL, &token);
        code = response.reasonCode;
        MQTTResponse_free(response);
    } else {
        code = MQTTClient_publish(client, topic, length, text, qos, retain, &token);
    }
    return code || !qos ? code : MQTTClient_waitForCompletion(client, token, WAIT_MS);
}

static int disconnect(void) {
    int code = is_5 ? MQTTClient_disconnect5(client, WAIT_MS, MQTTREASONCODE_NORMAL_DISCONNECTION, NULL)
                    : MQTTClient_disconnect(client, WAIT_MS);
    MQTTClient_destroy(&client);
    return code;
}

static void answer(const char *done, int code) {
    if (code)
        printf("error %s %d\n", done, code);
    else
        printf("%s\n", done);
}

int main(int count, char **values) {
    char line[1024], *words[16];
    if (count != 6)
        return 2;
    arguments = (const char *const *)values + 1;
    is_5 = !strcmp(arguments[2], "5");
    while (fgets(line, sizeof line, stdin)) {
        int length = 0;
        for (char *word = strtok(line, " \n"); word && length < 16; word = strtok(NULL, " \n"))
            words[length++] = word;
        if (!length)
            continue;
        if (!strcmp(words[0], "connect") && length == 10)
            do_connect(words + 1);
        else if (!strcmp(words[0], "subscribe") && length == 3)
            answer("subscribed", subscribe(words[1], atoi(words[2])));
        else if (!strcmp(words[0], "unsubscribe") && length == 2)
            answer("unsubscribed", unsubscribe(words[1]));
        else if (!strcmp(words[0], "publish") && length == 5)
            answer("published", publish(words[1], words[2], atoi(words[3]), atoi(words[4])));
        else if (!strcmp(words[0], "disconnect"))
            answer("disconnected", disconnect());
        else
            printf("error unknown command\n");
        fflush(stdout);
    }
    return 0;
}
