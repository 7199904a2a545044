use crate::packet::{PacketId, PropertyId, ReasonCode};

/// A call that does not fit the state of the connection: the caller is at
/// fault, and nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Before the CONNACK, or after the connection has ended.
    #[error("the connection is not open")]
    NotOpen,
    /// There is no CONNECT that awaits a decision.
    #[error("no CONNECT awaits a decision")]
    NothingToDecide,
    /// All places for requests are taken: some have to be answered first.
    #[error("too many requests await an answer")]
    TooManyRequests,
    /// The server has announced that it does not do this.
    #[error("the server says: {0}")]
    NotSupported(ReasonCode),
    /// No request with this identifier awaits such an answer.
    #[error("no request {0} awaits this answer")]
    UnknownRequest(PacketId),
    /// An answer with more or fewer codes than the request has filters.
    #[error("{codes} codes answer {filters} filters")]
    CodeCount {
        /// Of the request.
        filters: u32,
        /// Of the answer.
        codes: u32,
    },
    /// The CONNECT named no Authentication Method.
    #[error("the CONNECT has no Authentication Method")]
    NoAuthenticationMethod,
    /// The peer has to take the next step, or there is no exchange.
    #[error("it is not this side's turn to authenticate")]
    NotOurTurn,
    /// A property that only the peer may send with this packet.
    #[error("the property {0} is not this side's to send")]
    PropertyOfOtherRole(PropertyId),
    /// A code that only the peer may send with this packet.
    #[error("{0:?} is not this side's to send")]
    ReasonCodeOfOtherRole(ReasonCode),
    /// What only MQTT 5 can say.
    #[error("only MQTT 5 can say this")]
    NotInVersion,
    /// A Session Expiry Interval after the CONNECT gave none.
    #[error("the Session Expiry Interval was 0 in the CONNECT")]
    SessionExpiryRaised,
    /// MQTT 5: the CONNECT has no Client Identifier, and the CONNACK is to assign one.
    #[error("the CONNECT has no Client Identifier, and none is assigned")]
    NoClientIdentifier,
    /// Session Present, where the client asked for a new session.
    #[error("the CONNECT asks for a new session")]
    SessionPresentAfterCleanStart,
}
