//! The CONNECT that the options describe.

use puremqtt::{Connect, Properties, Version, Will};

use super::connection::Connection;
use super::properties::Command;

/// Lends it, as it borrows from what it is made of.
pub fn lend<R>(options: &Connection, make: impl FnOnce(&Connect<'_>) -> R) -> R {
    let given = &options.properties;
    let (user, will_user) = (given.user(Command::Connect), given.user(Command::Will));
    let mut properties = given.connect(&user);
    if options.session_expiry_interval > 0 {
        properties.session_expiry_interval = Some(options.session_expiry_interval);
    }
    let will_properties = given.message(Command::Will, &will_user);
    let is_5 = options.version == Version::V5;
    let will = options.will.as_ref().map(|will| Will {
        qos: will.qos,
        retain: will.retain,
        delay_interval: given.will_delay_interval(),
        message_expiry_interval: given.message_expiry_interval(Command::Will),
        properties: if is_5 {
            (&will_properties).into()
        } else {
            Properties::NONE
        },
        ..Will::new(will.topic.as_name(), &will.payload)
    });
    make(&Connect {
        version: options.version,
        client_id: &options.client_id,
        clean_start: options.clean_start,
        keep_alive: options.keep_alive,
        will,
        user_name: options.user_name.as_deref(),
        password: options.password.as_deref(),
        properties: if is_5 {
            (&properties).into()
        } else {
            Properties::NONE
        },
    })
}
