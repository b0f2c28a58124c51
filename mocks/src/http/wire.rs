//! The connection underneath an answer, so that an answer can be cut short or the connection reset.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next answer on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The connection is reset without an answer.
    Reset,
    /// The headers and so many bytes of the body are sent, then the connection is closed.
    Cut(usize),
    /// The cut was made: nothing more is written.
    Done,
}

/// The handle by which the server gives orders to a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders(Arc<Mutex<Option<Order>>>);

impl Orders {
    pub(crate) fn give(&self, order: Order) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    fn current(&self) -> Option<Order> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections that obey orders.
pub(crate) struct WireListener(pub(crate) TcpListener);

impl Listener for WireListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // A failure only costs speed.
        let _ = stream.set_nodelay(true);
        (Wire { stream, orders: Orders::default() }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Orders {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().orders.clone()
    }
}

/// A TCP connection that obeys orders.
pub(crate) struct Wire {
    stream: TcpStream,
    orders: Orders,
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.orders.current() {
            None => Pin::new(&mut this.stream).poll_write(cx, buf),
            Some(Order::Reset) => {
                // Without lingering the close that follows is a reset.
                let _ = this.stream.set_zero_linger();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Some(Order::Done) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Some(Order::Cut(keep)) => {
                let head = buf.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
                let end = (head + keep).min(buf.len().saturating_sub(1));
                let written = Pin::new(&mut this.stream).poll_write(cx, buf.get(..end).unwrap_or_default());
                if written.is_ready() {
                    this.orders.give(Order::Done);
                }
                written
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
