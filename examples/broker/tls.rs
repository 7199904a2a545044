//! TLS for a listener.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::config::Tls;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Reads the files of a listener.
///
/// # Errors
/// Names the file that cannot be read or used.
pub fn acceptor(tls: &Tls) -> Result<TlsAcceptor> {
    let chain = certificates(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(named(&tls.key))?;
    let builder = ServerConfig::builder();
    let builder = match &tls.authorities {
        Some(path) => builder.with_client_cert_verifier(verifier(path, tls.require_certificate)?),
        None => builder.with_no_client_auth(),
    };
    let config = builder
        .with_single_cert(chain, key)
        .map_err(named(&tls.certificate))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn verifier(path: &Path, required: bool) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(named(path))?;
    }
    let builder = WebPkiClientVerifier::builder(Arc::new(roots));
    let builder = if required {
        builder
    } else {
        builder.allow_unauthenticated()
    };
    Ok(builder.build().map_err(named(path))?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let all: std::result::Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(named(path))?
        .collect();
    let all = all.map_err(named(path))?;
    if all.is_empty() {
        return Err(format!("{}: no certificate in it", path.display()).into());
    }
    Ok(all)
}

fn named<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String {
    move |error| format!("{}: {error}", path.display())
}
