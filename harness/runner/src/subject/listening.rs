//! The ports at which the processes of a group listen, for a message: a server may listen at another port than the one it was given.

use super::cpu::ProcessGroup;
use std::collections::BTreeSet;
use std::fs;

/// The state of a listening socket in the lists of the system.
const LISTENING: &str = "0A";

/// Returns the ports at which the processes of a group listen. Empty on systems other than Linux.
pub(super) fn listening_ports(group: u32) -> Vec<u16> {
    let Some(group) = ProcessGroup::look(group) else {
        return Vec::new();
    };
    let sockets: BTreeSet<String> = group.members().iter().flat_map(|id| sockets_of(*id)).collect();
    let lists = ["/proc/net/tcp", "/proc/net/tcp6"].map(|list| fs::read_to_string(list).unwrap_or_default());
    let lines = lists.iter().flat_map(|list| list.lines());
    let ports: BTreeSet<u16> = lines.filter_map(|line| listener(line, &sockets)).collect();
    ports.into_iter().collect()
}

/// The inodes of the sockets that a process has open.
fn sockets_of(process: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let links = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    let inode = |link: std::path::PathBuf| {
        let text = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned();
        Some(text)
    };
    links.filter_map(inode).collect()
}

/// The port of a line of the list of sockets, if it is a listener with one of these inodes. The second field is `<address>:<port>` in
/// hexadecimal digits, the fourth the state, the tenth the inode.
fn listener(line: &str, inodes: &BTreeSet<String>) -> Option<u16> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    if *state != LISTENING || !inodes.contains(*inode) {
        return None;
    }
    u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok()
}
