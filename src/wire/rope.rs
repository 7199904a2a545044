//! An output that holds large payloads by reference.

use alloc::{collections::VecDeque, vec::Vec};
use core::{fmt, iter};

use bytes::{Buf, Bytes};

use super::frame::{Frame, offset};
use super::output::{Output, growth};

/// Encoded packets in which large payloads are not copied but shared with
/// whoever else holds them, for one message to many subscribers.
///
/// By itself it copies all it is given, as a `Vec` does. Through
/// [`sharing`](Self::sharing) and [`sharing_message`](Self::sharing_message),
/// payloads of 1,024 bytes and more are counted references. What is to be sent
/// comes as [`chunks`](Self::chunks), for `write_vectored`, or as a
/// [`bytes::Buf`].
///
/// ```
/// use puremqtt::{Encoder, Message, Rope, TopicName, Version};
///
/// let message = Message::new(TopicName::literal("a"), [0; 65_536]);
/// let mut encoder = Encoder::new(Version::V3_1_1);
/// let mut rope = Rope::new();
/// encoder.encode(message.publish(), &mut rope.sharing_message(&message))?;
/// let slices: Vec<_> = rope.chunks().map(std::io::IoSlice::new).collect();
/// assert_eq!((&*slices[0], slices[1].len()), (&b"\x30\x83\x80\x04\x00\x01a"[..], 65_536));
/// assert_eq!(slices[1].as_ptr(), message.payload().as_ptr());
/// rope.consume(65_543); // sent
/// assert!(rope.is_empty());
/// # Ok::<(), puremqtt::EncodeError>(())
/// ```
#[derive(Clone, Default)]
pub struct Rope {
    /// All that was copied, from piece to piece.
    copied: Vec<u8>,
    /// Bytes of `copied` that were consumed.
    consumed: usize,
    shared: VecDeque<Shared>,
    /// Bytes that are shared and left.
    shared_len: usize,
}

/// Bytes that stand among the copied ones.
#[derive(Clone)]
struct Shared {
    /// The index in `copied` that they stand before.
    before: usize,
    owner: Frame,
    start: usize,
    end: usize,
}

impl Shared {
    fn bytes(&self) -> &[u8] {
        self.owner
            .bytes()
            .get(self.start..self.end)
            .unwrap_or_default()
    }
}

/// Fewer bytes than these are copied sooner than shared.
const LARGE: usize = 1024;

/// A [`Rope`] that copies nothing large of what somebody owns.
pub struct Sharing<'r> {
    rope: &'r mut Rope,
    owner: Owner<'r>,
}

/// A [`Frame`], lent.
#[derive(Clone, Copy)]
enum Owner<'r> {
    Frame(&'r Frame),
    Bytes(&'r Bytes),
}

impl Owner<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Frame(frame) => frame.bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn to_frame(self) -> Frame {
        match self {
            Self::Frame(frame) => frame.clone(),
            Self::Bytes(bytes) => Frame::Shared(bytes.clone()),
        }
    }
}

impl Rope {
    /// An empty one, without an allocation.
    pub const fn new() -> Self {
        Self {
            copied: Vec::new(),
            consumed: 0,
            shared: VecDeque::new(),
            shared_len: 0,
        }
    }

    /// The rope as an output for packets whose payload lies in `bytes`; one
    /// that lies elsewhere is copied.
    pub const fn sharing<'r>(&'r mut self, bytes: &'r Bytes) -> Sharing<'r> {
        Sharing {
            rope: self,
            owner: Owner::Bytes(bytes),
        }
    }

    pub(crate) const fn sharing_frame<'r>(&'r mut self, frame: &'r Frame) -> Sharing<'r> {
        Sharing {
            rope: self,
            owner: Owner::Frame(frame),
        }
    }

    /// Bytes that are left.
    #[inline]
    pub fn len(&self) -> usize {
        let copied = self.copied.len().saturating_sub(self.consumed);
        copied.saturating_add(self.shared_len)
    }

    /// True when nothing is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is left, in its order; none of them is empty.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = self.consumed;
        let among = self.shared.iter().flat_map(move |shared| {
            let copied = self.copied.get(from..shared.before);
            from = shared.before;
            [copied.unwrap_or_default(), shared.bytes()]
        });
        let last = self.shared.back().map_or(self.consumed, |last| last.before);
        let rest = self.copied.get(last..).unwrap_or_default();
        among
            .chain(iter::once(rest))
            .filter(|chunk| !chunk.is_empty())
    }

    /// Drops the first `count` bytes, all of them if there are fewer.
    pub fn consume(&mut self, count: usize) {
        let mut left = count.min(self.len());
        while left > 0 {
            let end = self
                .shared
                .front()
                .map_or(self.copied.len(), |next| next.before);
            let copied = left.min(end.saturating_sub(self.consumed));
            self.consumed = self.consumed.saturating_add(copied);
            left = left.saturating_sub(copied);
            let Some(shared) = self.shared.front_mut().filter(|_| left > 0) else {
                break;
            };
            let taken = left.min(shared.end.saturating_sub(shared.start));
            shared.start = shared.start.saturating_add(taken);
            left = left.saturating_sub(taken);
            self.shared_len = self.shared_len.saturating_sub(taken);
            if shared.start == shared.end {
                self.shared.pop_front();
            }
        }
        self.reclaim();
    }

    /// Gives back what the consumed bytes took, when that is the better part.
    fn reclaim(&mut self) {
        if self.consumed < self.copied.len().saturating_sub(self.consumed) {
            return;
        }
        self.copied.drain(..self.consumed.min(self.copied.len()));
        for shared in &mut self.shared {
            shared.before = shared.before.saturating_sub(self.consumed);
        }
        self.consumed = 0;
    }

    #[inline]
    fn share(&mut self, owner: Owner<'_>, start: usize, len: usize) {
        self.shared.push_back(Shared {
            before: self.copied.len(),
            owner: owner.to_frame(),
            start,
            end: start.saturating_add(len),
        });
        self.shared_len = self.shared_len.saturating_add(len);
    }
}

impl Output for Rope {
    #[inline]
    fn room(&self) -> usize {
        growth(self.copied.len().saturating_add(self.shared_len))
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.copied.extend_from_slice(bytes);
    }
}

impl Output for Sharing<'_> {
    #[inline]
    fn room(&self) -> usize {
        self.rope.room()
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let found = if bytes.len() < LARGE {
            None
        } else {
            offset(self.owner.bytes(), bytes)
        };
        match found {
            Some(start) => self.rope.share(self.owner, start, bytes.len()),
            None => self.rope.put(bytes),
        }
    }
}

/// `advance` beyond the end drops all there is.
impl Buf for Rope {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        self.chunks().next().unwrap_or_default()
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, slices: &mut [std::io::IoSlice<'a>]) -> usize {
        let mut count = 0_usize;
        for (slice, chunk) in slices.iter_mut().zip(self.chunks()) {
            *slice = std::io::IoSlice::new(chunk);
            count = count.saturating_add(1);
        }
        count
    }

    fn advance(&mut self, count: usize) {
        self.consume(count);
    }
}

impl fmt::Debug for Rope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rope")
            .field("len", &self.len())
            .field("shared", &self.shared.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Sharing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rope.fmt(f)
    }
}
