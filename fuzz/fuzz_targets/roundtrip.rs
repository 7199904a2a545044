//! Any packet encodes, decodes to its equal, and encodes to the same bytes; it
//! prints, crosses versions, and gives nothing away.
#![no_main]

#[path = "../../tests/common/model.rs"]
mod model;
#[path = "../../tests/common/rules.rs"]
mod rules;

use libfuzzer_sys::fuzz_target;
use puremqtt::Version;

use crate::model::Model;
use crate::rules::{comes_back, crosses_versions, line, observer, read_all};

fuzz_target!(|input: (Version, Model)| {
    let (version, model) = input;
    model.lend(version, |packet| {
        let bytes = comes_back(version, packet);
        read_all(&packet);
        crosses_versions(packet);
        let mut decoder = observer(version);
        let (back, _) = decoder.decode(&bytes).unwrap().unwrap();
        read_all(&back);
        crosses_versions(back);
        assert_eq!(line(&back), line(&packet));
        assert_eq!(format!("{back:?}"), format!("{packet:?}"));
    });
});
