//! What lies under HTTP: our dialing and our TLS, handed to ureq.
//!
//! Deliberately absent: keeping connections for a second look, and time limits
//! (the deadline is in the connection itself).

use super::redirect::port;
use crate::probe::Context;
use crate::probe::network::tls::{Client, Shown};
use crate::probe::network::{Failure, IpVersion, Stream, dial};
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// How connections are made, and what was noticed while making them.
pub struct Line {
    pub context: Context,
    pub ip: Option<IpVersion>,
    /// Makes our side of TLS; asked only if a URL is https.
    pub tls: Box<dyn Fn() -> Result<Client, String> + Send + Sync>,
    client: OnceLock<Result<Client, String>>,
    peer: Mutex<Option<SocketAddr>>,
}

impl Line {
    pub fn new(
        context: &Context,
        ip: Option<IpVersion>,
        tls: Box<dyn Fn() -> Result<Client, String> + Send + Sync>,
    ) -> Line {
        Line { context: context.clone(), ip, tls, client: OnceLock::new(), peer: Mutex::new(None) }
    }

    /// The certificates of the last server that showed some.
    pub fn shown(&self) -> Option<Shown> {
        self.client.get().and_then(|client| client.as_ref().ok()).and_then(Client::shown)
    }

    /// The address of the last connection.
    pub fn peer(&self) -> Option<SocketAddr> {
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dial(&self, uri: &Uri) -> Result<Box<dyn Stream>, Failure> {
        let connection = dial(bare_host(uri), port(uri), self.ip, &self.context)?;
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.peer);
        Ok(Box::new(connection))
    }

    fn secure(&self, stream: Box<dyn Stream>, uri: &Uri) -> Result<Box<dyn Stream>, Failure> {
        let client = self.client.get_or_init(&self.tls).as_ref().map_err(|why| Failure::Blind(why.clone()))?;
        Ok(Box::new(client.handshake(stream, bare_host(uri))?))
    }
}

/// An IPv6 address stands in brackets in URLs.
fn bare_host(uri: &Uri) -> &str {
    let host = uri.host().unwrap_or_default();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Dials, unless a proxy did already, and adds TLS where the URL says https.
pub struct Dialer(pub Arc<Line>);

impl<In: Transport> Connector<In> for Dialer {
    type Out = Either<In, Wire>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let stream: Box<dyn Stream> = match chained {
            Some(tunnel) if !details.needs_tls() || tunnel.is_tls() => return Ok(Some(Either::A(tunnel))),
            Some(tunnel) => Box::new(TransportAdapter::new(tunnel, details.current_time.clone())),
            None => self.0.dial(details.uri).map_err(io::Error::from)?,
        };
        let secure = details.needs_tls();
        let stream = if secure { self.0.secure(stream, details.uri).map_err(io::Error::from)? } else { stream };
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Wire { stream, secure, buffers })))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Dialer")
    }
}

/// One connection, as ureq wants it.
pub struct Wire {
    stream: Box<dyn Stream>,
    secure: bool,
    buffers: LazyBuffers,
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let output = &self.buffers.output()[..amount];
        Ok(self.stream.write_all(output).and_then(|()| self.stream.flush())?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let count = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.secure
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wire")
    }
}

/// Names are looked up while dialing.
#[derive(Debug)]
pub struct NoLookup;

impl Resolver for NoLookup {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}
