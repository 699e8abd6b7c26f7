//! Whether a listener can be reached from other machines.

use super::adapter::EARLY;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The state of a listening socket in the lists of the system.
const LISTENING: &str = "0A";
/// The address `::` in these lists.
const ANY: &str = "00000000000000000000000000000000";

/// Whether the listener accepts connections at an address that was not reported. On Linux all of 127/8 is loopback, and only a
/// listener on every address accepts connections there. IPv6 has one loopback address, so that the list of sockets is read. Other systems
/// have neither.
pub(super) async fn listens_everywhere(announced: SocketAddr) -> bool {
    const UNANNOUNCED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 99, 111, 114));
    if !cfg!(target_os = "linux") {
        return false;
    }
    if announced.is_ipv6() {
        let sockets = std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
        if is_any(&sockets, announced.port()) {
            return true;
        }
    }
    if announced.ip() == UNANNOUNCED {
        return false;
    }
    let connect = TcpStream::connect((UNANNOUNCED, announced.port()));
    timeout(EARLY, connect).await.is_ok_and(|taken| taken.is_ok())
}

/// Whether a list of sockets has a listener on `::` at a port. A line is `0: <address>:<port> <remote> <state> ..`, in hexadecimal digits.
fn is_any(sockets: &str, port: u16) -> bool {
    let wanted = format!("{ANY}:{port:04X}");
    let is_it = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        fields.next() == Some(&wanted) && fields.nth(1) == Some(LISTENING)
    };
    sockets.lines().any(is_it)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::listens_everywhere;
    use std::net::SocketAddr;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_listener_on_every_address_is_noticed_in_both_families() {
        for (bound, announced, everywhere) in [
            ("127.0.0.1:0", "127.0.0.1", false),
            ("0.0.0.0:0", "127.0.0.1", true),
            ("[::1]:0", "::1", false),
            ("[::]:0", "::1", true),
            ("[::]:0", "127.0.0.1", true),
        ] {
            let listener = match TcpListener::bind(bound).await {
                Ok(listener) => listener,
                // The machine has no IPv6.
                Err(_) if bound.starts_with('[') => continue,
                Err(error) => panic!("{error}"),
            };
            let port = listener.local_addr().unwrap().port();
            let announced = SocketAddr::new(announced.parse().unwrap(), port);
            assert_eq!(listens_everywhere(announced).await, everywhere, "{bound} {announced}");
        }
    }
}
