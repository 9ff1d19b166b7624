//! The HTTP client of a run: its proxy, the certificates that it trusts, and the bytes that it accepts.

use std::io;
use std::path::{Path, PathBuf};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::answer_limit::limited;
use crate::base::read_regular;
use crate::collect::error::CollectError;

/// The variable with the path of a CA bundle.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";
/// The largest CA bundle. That of Mozilla has 0.2 MiB.
const MOST_BUNDLE_BYTES: u64 = 16 << 20;
/// The variables of proxies. The SDK reads the first name of each pair that is set.
const PROXIES: [[&str; 2]; 3] =
    [["HTTP_PROXY", "http_proxy"], ["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The SDK's default HTTP client, shared by the whole run. Otherwise each service client loads the certificates and opens
/// connections of its own.
pub(crate) fn http_client(ca_bundle_of_profile: Option<&str>) -> Result<SharedHttpClient, CollectError> {
    check_proxies(|name| std::env::var_os(name))?;
    let tls_context = TlsContext::builder().with_trust_store(trust_store(ca_bundle_of_profile)?).build();
    let tls_context = tls_context.map_err(|error| CollectError::Runtime(io::Error::other(error)))?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls_context.clone());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    });
    Ok(limited(client))
}

/// The certificates to trust: those of `AWS_CA_BUNDLE`, else of the profile's `ca_bundle`, else of the system. As in the
/// AWS CLI, a bundle takes the place of the system's certificates.
fn trust_store(of_profile: Option<&str>) -> Result<TrustStore, CollectError> {
    let variable = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty());
    let (setting, path) = match (variable, of_profile) {
        (Some(path), _) => (CA_BUNDLE, PathBuf::from(path)),
        (None, Some(path)) => ("the profile's ca_bundle", PathBuf::from(path)),
        (None, None) => return Ok(TrustStore::default()),
    };
    let pem = read_bundle(&path).map_err(|why| CollectError::BadCaBundle {
        setting,
        path: path.display().to_string(),
        why,
    })?;
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

/// Reads a bundle and checks each certificate: the SDK panics on one that is not valid.
fn read_bundle(path: &Path) -> Result<Vec<u8>, String> {
    let pem = read_regular(path, MOST_BUNDLE_BYTES).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    for (number, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        let wrong = |error: &dyn std::fmt::Display| format!("certificate {} is not valid: {error}", number + 1);
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() { Err("it has no certificate in PEM format".to_owned()) } else { Ok(pem) }
}

/// Checks the proxies of the environment: the SDK goes without one that it cannot read.
fn check_proxies(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<(), CollectError> {
    for names in PROXIES {
        let set = names.into_iter().find_map(|name| Some((name, variable(name)?)));
        let Some((name, value)) = set.filter(|(_, value)| !value.is_empty()) else { continue };
        // The value may have a password, so neither it nor the library's message is shown.
        let why = value.to_str().map_or(Err("it is not UTF-8"), check_proxy);
        why.map_err(|why| CollectError::BadProxy { variable: name, why })?;
    }
    Ok(())
}

/// Checks the URL of a proxy as the SDK reads it: without a scheme it is one of HTTP.
fn check_proxy(url: &str) -> Result<(), &'static str> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))) {
        return Err("only proxies of HTTP and HTTPS can be used");
    }
    if !has_good_port(url) {
        return Err("its port is not a number up to 65535");
    }
    let whole = if scheme.is_some() { url.to_owned() } else { format!("http://{url}") };
    ProxyConfig::all(whole).map(drop).map_err(|_| "it is not a URL with a host")
}

/// Returns `true` if the URL has a port that is a number, or none. The SDK takes any other for none.
fn has_good_port(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    // The address of IPv6 has colons of its own, in brackets.
    let after_address = host.rsplit(']').next().unwrap_or_default();
    after_address.split_once(':').is_none_or(|(_, port)| port.is_empty() || port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_that_cannot_be_used_are_told_without_their_password() {
        for (url, good) in [
            ("http://proxy.example.com:3128", true),
            ("HTTPS://user:secret@proxy.example.com", true),
            ("proxy.example.com:3128", true),
            ("user:secret@proxy.example.com:3128", true),
            ("http://[::1]:3128", true),
            ("", true),
            ("http://[", false),
            ("http://", false),
            ("socks5://user:secret@127.0.0.1:1080", false),
            ("http://user:secret@127.0.0.1:port", false),
            ("http://user:secret@bad host", false),
        ] {
            let result = check_proxies(|name| (name == "https_proxy").then(|| url.into()));
            assert_eq!(result.is_ok(), good, "{url}");
            if let Err(error) = result {
                let text = format!("{} {:?}", error.title(), error.help());
                assert!(text.contains("https_proxy") && !text.contains("secret"), "{text}");
            }
        }
        let upper = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://[".into()),
            "https_proxy" => Some("http://127.0.0.1:3128".into()),
            _ => None,
        };
        assert!(check_proxies(upper).is_err(), "the SDK reads the first");
    }
}
