//! Examples of puremqtt; see the files beside this folder.
