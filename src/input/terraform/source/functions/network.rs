//! Functions of IP networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::value::{HclValue, UnknownReason};
use super::shared::{FunctionResult, failure, texts};

/// A network: its first address as a number, the length of its prefix, and the bits of an address.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    prefix: u32,
    bits: u32,
}

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("cidrhost", [network, number]) => host(network, number),
        ("cidrcontains", [network, part]) => contains(network, part),
        ("cidrnetmask", [network]) => netmask(network),
        ("cidrsubnet", [network, bits, number]) => subnet(network, bits, number),
        ("cidrsubnets", [network, bits @ ..]) => subnets(network, bits),
        _ => return None,
    })
}

impl Network {
    fn parse(value: &HclValue) -> Result<Self, UnknownReason> {
        let text = value.as_text()?;
        let refused = || failure("a text that is not an IP network");
        let (address, prefix) = text.split_once('/').ok_or_else(refused)?;
        // Terraform reads zeros before a number, and the IPv4 addresses inside IPv6.
        let is_special = address.split(['.', ':']).any(|part| part.len() > 1 && part.starts_with('0'))
            || address.contains(':') && address.contains('.');
        let unread = || UnknownReason::failure_if(!is_special, "a text that is not an IP network");
        let (number, bits) = match address.parse().map_err(|_| unread())? {
            // Go keeps such an address as one of IPv4, with a mask of IPv6.
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
                return Err("an IPv4 address inside IPv6".into());
            }
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let digits = Some(prefix).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let prefix = digits.and_then(|it| it.parse().ok()).filter(|prefix| *prefix <= bits).ok_or_else(refused)?;
        Ok(Self { first: number & !Self::rest(bits - prefix), prefix, bits })
    }

    /// The largest number of so many bits.
    fn rest(bits: u32) -> u128 {
        if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
    }

    fn address(self, number: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)).to_string()
        } else {
            Ipv6Addr::from_bits(number).to_string()
        }
    }

    /// The network with a longer prefix at a number.
    fn within(self, bits: i64, number: i64) -> Result<Self, UnknownReason> {
        let prefix = u32::try_from(bits)
            .ok()
            .and_then(|bits| self.prefix.checked_add(bits))
            .filter(|prefix| *prefix <= self.bits);
        let prefix = prefix.ok_or_else(|| failure("a network that is too small"))?;
        let number = u128::try_from(number).map_err(|_| UnknownReason::from("a network with a negative number"))?;
        if number > Self::rest(prefix - self.prefix) {
            return Err(failure("a network with a number that is too large"));
        }
        let shift = self.bits - prefix;
        let offset = if shift >= 128 { 0 } else { number << shift };
        Ok(Self { first: self.first | offset, prefix, ..self })
    }
}

fn host(network: &HclValue, number: &HclValue) -> FunctionResult {
    let (network, number) = (Network::parse(network)?, number.as_whole()?);
    let size = Network::rest(network.bits - network.prefix);
    let offset = if number >= 0 {
        u128::try_from(number).ok().filter(|offset| *offset <= size)
    } else {
        u128::from(number.unsigned_abs()).checked_sub(1).filter(|back| *back <= size).map(|back| size - back)
    };
    let offset = offset.ok_or_else(|| failure("a network without so many addresses"))?;
    Ok(HclValue::text(network.address(network.first | offset)))
}

/// Returns whether a network contains an address or another network (`OpenTofu`).
fn contains(network: &HclValue, part: &HclValue) -> FunctionResult {
    let (network, text) = (Network::parse(network)?, part.as_text()?);
    let bits = if text.contains(':') { 128 } else { 32 };
    let whole = if text.contains('/') { text.to_string() } else { format!("{text}/{bits}") };
    let part = Network::parse(&HclValue::text(whole))?;
    if network.bits != part.bits {
        return Err(failure("cidrcontains() of an IPv4 and an IPv6 network"));
    }
    let is_within =
        part.prefix >= network.prefix && part.first & !Network::rest(network.bits - network.prefix) == network.first;
    Ok(HclValue::bool(is_within))
}

fn netmask(network: &HclValue) -> FunctionResult {
    let network = Network::parse(network)?;
    if network.bits != 32 {
        return Err(failure("cidrnetmask() of an IPv6 network"));
    }
    Ok(HclValue::text(network.address(Network::rest(32) & !Network::rest(32 - network.prefix))))
}

fn subnet(network: &HclValue, bits: &HclValue, number: &HclValue) -> FunctionResult {
    let found = Network::parse(network)?.within(bits.as_whole()?, number.as_whole()?)?;
    Ok(HclValue::text(format!("{}/{}", found.address(found.first), found.prefix)))
}

/// Networks that follow each other, each with its own number of further bits.
fn subnets(network: &HclValue, bits: &[HclValue]) -> FunctionResult {
    let network = Network::parse(network)?;
    let (mut next, mut out) = (network.first, Vec::new());
    let last = network.first | Network::rest(network.bits - network.prefix);
    for bits in bits {
        let prefix = network.within(bits.as_whole()?, 0)?.prefix;
        let size = Network::rest(network.bits - prefix);
        let first = next.checked_add(size).map(|end| end & !size).ok_or("a network that is too large")?;
        if first.checked_add(size).is_none_or(|end| end > last) {
            return Err(failure("a network without room for its parts"));
        }
        out.push(format!("{}/{prefix}", network.address(first)));
        next = first.saturating_add(size).saturating_add(1);
    }
    Ok(texts(out.iter().map(String::as_str)))
}
