use core::iter::FusedIterator;
use core::str::Split;

/// The levels of a Topic Name or Topic Filter: what stands between the `/`.
///
/// Empty levels count: `/a//b` has the levels ``, `a`, `` and `b`.
#[derive(Clone, Debug)]
pub struct Levels<'a>(Split<'a, char>);

impl<'a> Levels<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text.split('/'))
    }
}

impl<'a> Iterator for Levels<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }
}

impl DoubleEndedIterator for Levels<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl FusedIterator for Levels<'_> {}
