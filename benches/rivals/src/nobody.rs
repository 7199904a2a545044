//! In place of the other crates, where the feature `rivals` is off.

macro_rules! nobody {
    ($($module:ident { $($function:ident($($argument:ty),*);)* })*) => {
        $(pub mod $module {
            #[allow(unused_imports, reason = "not every module needs all")]
            use {crate::case::{Case, Exchange}, crate::workloads::packets::Workload, std::rc::Rc};
            $(pub fn $function($(_: $argument),*) -> Vec<Case> {
                Vec::new()
            })*
        })*
    };
}

nobody! {
    decode { cases(&Rc<Workload>); owning(&Rc<Workload>); }
    encode { cases(&Rc<Workload>); }
    pieces { cases(&Rc<Workload>, usize); }
    exchange { cases(Exchange, bool); }
    topics { match_one(&'static str, usize); find(&'static str, usize, usize); }
}

pub fn makers() -> Vec<crate::index::Maker> {
    Vec::new()
}
