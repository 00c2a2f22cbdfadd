//! Addresses that are not on the public internet.
//!
//! The IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates), the multicast and reserved blocks,
//! and the addresses at which clouds serve their metadata although the registry calls them public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

/// IPv4 blocks that are refused, the narrower before the wider.
const IPV4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "\"this network\" (RFC 791)"),
    (v4(10, 0, 0, 0, 8), "private (RFC 1918)"),
    (v4(100, 64, 0, 0, 10), "shared by carriers (RFC 6598)"),
    (v4(127, 0, 0, 0, 8), "loopback (RFC 1122)"),
    (v4(168, 63, 129, 16, 32), "cloud metadata (Azure's wire server)"),
    (
        v4(169, 254, 0, 0, 16),
        "link-local, where cloud metadata is served (RFC 3927)",
    ),
    (v4(172, 16, 0, 0, 12), "private (RFC 1918)"),
    (v4(192, 0, 0, 0, 24), "protocol assignments (RFC 6890)"),
    (v4(192, 0, 2, 0, 24), "documentation (RFC 5737)"),
    (v4(192, 31, 196, 0, 24), "AS112 (RFC 7535)"),
    (v4(192, 52, 193, 0, 24), "multicast tunnels (RFC 7450)"),
    (v4(192, 88, 99, 0, 24), "6to4 relays (RFC 7526)"),
    (v4(192, 168, 0, 0, 16), "private (RFC 1918)"),
    (v4(192, 175, 48, 0, 24), "AS112 (RFC 7534)"),
    (v4(198, 18, 0, 0, 15), "benchmarking (RFC 2544)"),
    (v4(198, 51, 100, 0, 24), "documentation (RFC 5737)"),
    (v4(203, 0, 113, 0, 24), "documentation (RFC 5737)"),
    (v4(224, 0, 0, 0, 4), "multicast (RFC 5771)"),
    (v4(255, 255, 255, 255, 32), "broadcast (RFC 919)"),
    (v4(240, 0, 0, 0, 4), "reserved (RFC 1112)"),
];

/// Public IPv6 addresses begin here; whatever is outside is refused even if no registry names it.
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// IPv6 blocks that are refused, the narrower before the wider.
const IPV6: &[(Ipv6Net, &str)] = &[
    (v6([0; 8], 128), "unspecified (RFC 4291)"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback (RFC 4291)"),
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), "IPv4 in IPv6 (mapped, RFC 4291)"),
    (
        v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96),
        "IPv4 in IPv6 (translated, RFC 2765)",
    ),
    (v6([0; 8], 96), "IPv4 in IPv6 (compatible, RFC 4291)"),
    (
        v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96),
        "IPv4 in IPv6 (NAT64, RFC 6052)",
    ),
    (
        v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
        "IPv4 in IPv6 (local NAT64, RFC 8215)",
    ),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "discard-only (RFC 6666)"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "IPv4 in IPv6 (Teredo, RFC 4380)"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "protocol assignments (RFC 2928)"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "documentation (RFC 3849)"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "IPv4 in IPv6 (6to4, RFC 3056)"),
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), "AS112 (RFC 7534)"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "documentation (RFC 9637)"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "segment routing (RFC 9602)"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "private (unique local, RFC 4193)"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local (RFC 4291)"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "private (site-local, RFC 3879)"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast (RFC 4291)"),
];

/// What makes `address` other than public, or none if it is public.
pub(crate) fn special_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => IPV4
            .iter()
            .find(|(net, _)| net.contains(&address))
            .map(|(_, name)| *name),
        IpAddr::V6(address) => IPV6
            .iter()
            .find(|(net, _)| net.contains(&address))
            .map(|(_, name)| *name)
            .or_else(|| is_isatap(address).then_some("IPv4 in IPv6 (ISATAP, RFC 5214)"))
            .or_else(|| (!GLOBAL_UNICAST.contains(&address)).then_some("outside the public IPv6 range (RFC 4291)")),
    }
}

/// An interface identifier `0:5efe:a.b.c.d` or `200:5efe:a.b.c.d`.
fn is_isatap(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    matches!(segments[4], 0 | 0x200) && segments[5] == 0x5efe
}

/// The IPv4 address to which a packet for `address` goes in the end, where the address carries one.
pub(crate) fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(joined(g, h)),
        [0, 0, 0, 0, 0, 0] if g != 0 => Some(joined(g, h)),
        [0x64, 0xff9b, 1, ..] => Some(joined(g, h)),
        [0x2002, high, low, ..] => Some(joined(high, low)),
        [0x2001, 0, ..] => Some(joined(!g, !h)),
        _ if is_isatap(address) => Some(joined(g, h)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_refused_from_its_first_address_to_its_last() {
        for (net, name) in IPV4 {
            for address in [net.network(), net.broadcast()] {
                assert!(special_range(address.into()).is_some(), "{address} {name}");
            }
        }
        for (net, name) in IPV6 {
            for address in [net.network(), net.broadcast()] {
                assert!(special_range(address.into()).is_some(), "{address} {name}");
            }
        }
    }

    #[test]
    fn neighbours_of_the_blocks_are_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700:4700::1111",
            "3ffe:ffff::1",
        ] {
            assert_eq!(special_range(public.parse().unwrap()), None, "{public}");
        }
    }

    #[test]
    fn the_ipv4_address_inside_is_found() {
        for (v6, v4) in [
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:0:10.0.0.1", "10.0.0.1"),
            ("::10.0.0.1", "10.0.0.1"),
            ("64:ff9b::a00:1", "10.0.0.1"),
            ("64:ff9b:1:2::a00:1", "10.0.0.1"),
            ("2002:a00:1::", "10.0.0.1"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
            ("2606:4700::5efe:10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(embedded_ipv4(v6.parse().unwrap()), Some(v4.parse().unwrap()), "{v6}");
        }
        assert_eq!(embedded_ipv4("2606:4700:4700::1111".parse().unwrap()), None);
        assert_eq!(embedded_ipv4("::1".parse().unwrap()), None);
    }
}
