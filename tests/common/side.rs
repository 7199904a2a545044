//! What the two sides of a connection do alike, under one name.

use std::time::Duration;

use puremqtt::{
    CallError, Cause, ClientClosed, ClientConnection, Decoder, Disconnect, Encoder, Farewell,
    Message, Packet, ProtocolError, ReasonCode, Receipt, Received, Response, ServerClosed,
    ServerConnection, Terms, Transmit,
};

pub(crate) trait Side: Sized {
    type Closed;
    fn receive<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, Message>, ProtocolError>;
    fn configure(&mut self, decoder: &mut Decoder, encoder: &mut Encoder);
    /// Whether it wants to read on.
    fn reads(&self) -> bool;
    fn poll(&mut self, now: Duration) -> Result<Option<Response>, ProtocolError>;
    fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, Message>>;
    fn publish(&mut self, message: Message, terms: Terms, now: Duration) -> Result<(), Message>;
    fn acknowledge(&mut self, receipt: Receipt) -> bool;
    fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool;
    fn disconnect<'d>(&mut self, packet: Disconnect<'d>) -> Result<Disconnect<'d>, CallError>;
    fn close(self, cause: Cause) -> (Self::Closed, Option<Farewell>);
}

/// What has the same name and the same arguments on both sides.
macro_rules! side {
    ($Connection:ident, $Closed:ident, $reads:expr, $poll:expr) => {
        impl Side for $Connection {
            type Closed = $Closed;
            fn receive<'a>(
                &mut self,
                packet: Packet<'a>,
                now: Duration,
            ) -> Result<Received<'a, Message>, ProtocolError> {
                self.receive(packet, now)
            }
            fn configure(&mut self, decoder: &mut Decoder, encoder: &mut Encoder) {
                self.configure(decoder, encoder);
            }
            fn reads(&self) -> bool {
                $reads(self)
            }
            fn poll(&mut self, now: Duration) -> Result<Option<Response>, ProtocolError> {
                $poll(self, now)
            }
            fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, Message>> {
                self.transmit(now)
            }
            fn publish(
                &mut self,
                message: Message,
                terms: Terms,
                now: Duration,
            ) -> Result<(), Message> {
                self.publish(message, terms, now)
            }
            fn acknowledge(&mut self, receipt: Receipt) -> bool {
                self.acknowledge(receipt)
            }
            fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
                self.refuse(receipt, reason)
            }
            fn disconnect<'d>(
                &mut self,
                packet: Disconnect<'d>,
            ) -> Result<Disconnect<'d>, CallError> {
                self.disconnect(packet)
            }
            fn close(self, cause: Cause) -> (Self::Closed, Option<Farewell>) {
                let closed = self.close(cause);
                let farewell = closed.farewell;
                (closed, farewell)
            }
        }
    };
}

side!(
    ClientConnection,
    ClientClosed,
    |_: &ClientConnection| true,
    |client: &mut ClientConnection, now| client.poll(now)
);
side!(
    ServerConnection,
    ServerClosed,
    |server: &ServerConnection| !server.is_undecided(),
    |server: &mut ServerConnection, now| server.poll(now).map(|()| None)
);
