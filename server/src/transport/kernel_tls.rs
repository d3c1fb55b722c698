//! The kernel's TLS (kTLS): whether it is there, and how it is given a connection.
//!
//! rustls shakes hands; its keys then go to the kernel, which encrypts what is written to the socket
//! and decrypts what is read from it, so `sendfile` works as on a plain connection. Why the crate
//! `ktls` is not used stands in `docs/design/tls.md`.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{
    CipherSuite, ConnectionTrafficSecrets, ProtocolVersion, ServerConnection, SupportedCipherSuite,
};
use zeroize::Zeroizing;

use super::kernel_records::KernelRecords;
use super::system_calls::{TlsDirection, attach_kernel_tls, set_tls_key};
use crate::limits::KERNEL_TLS_RECORDS_MAX;

/// What this machine's kernel encrypts. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct KernelTls {
    /// None where the kernel has no TLS.
    suites: Arc<[CipherSuite]>,
}

impl KernelTls {
    /// Asks the kernel, with connections from this process to itself. Waits for nothing but the
    /// kernel, which may load its module.
    pub(super) fn of_this_machine(provider: &CryptoProvider) -> Self {
        let is_taken = |suite: &&SupportedCipherSuite| try_out(suite).is_ok();
        Self {
            suites: provider
                .cipher_suites
                .iter()
                .filter(is_taken)
                .map(SupportedCipherSuite::suite)
                .collect(),
        }
    }

    /// Whether it is there at all.
    pub(super) fn is_available(&self) -> bool {
        !self.suites.is_empty()
    }

    /// Attaches the kernel's TLS to a socket whose connection it could encrypt; until it has keys
    /// the socket is as before. False leaves the connection to rustls.
    pub(super) fn attach(&self, socket: impl AsFd, connection: &ServerConnection) -> bool {
        let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
        suite.is_some_and(|suite| self.suites.contains(&suite)) && attach_kernel_tls(socket).is_ok()
    }
}

/// Gives the kernel the keys of a connection that it was attached to.
///
/// The handshake must be over, everything that rustls wanted to write sent, and not a byte beyond
/// the last record of the handshake read from the socket.
///
/// # Errors
/// The kernel has refused what it took at the start, for want of memory for instance. The connection
/// can only be closed then.
pub(super) fn hand_over(
    socket: impl AsFd,
    connection: ServerConnection,
) -> io::Result<KernelRecords> {
    let version = connection.protocol_version().ok_or(io::ErrorKind::InvalidInput)?;
    let suite = connection.negotiated_cipher_suite().ok_or(io::ErrorKind::InvalidInput)?;
    let records_max = match suite {
        SupportedCipherSuite::Tls12(suite) => suite.common.confidentiality_limit,
        SupportedCipherSuite::Tls13(suite) => suite.common.confidentiality_limit,
    };
    let secrets = connection.dangerous_extract_secrets().map_err(io::Error::other)?;
    for (direction, (sequence_number, secrets)) in
        [(TlsDirection::Send, secrets.tx), (TlsDirection::Receive, secrets.rx)]
    {
        let keys =
            Keys::of(version, &secrets, sequence_number).ok_or(io::ErrorKind::Unsupported)?;
        set_tls_key(&socket, direction, &keys.crypto_info())?;
    }
    Ok(KernelRecords::new(records_max.min(KERNEL_TLS_RECORDS_MAX)))
}

/// The ciphers that Linux knows, by their numbers in `linux/tls.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cipher {
    Aes128Gcm = 51,
    Aes256Gcm = 52,
    Chacha20Poly1305 = 54,
}

impl Cipher {
    fn of(suite: CipherSuite) -> Option<Self> {
        match suite {
            CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => Some(Self::Aes128Gcm),
            CipherSuite::TLS13_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => Some(Self::Aes256Gcm),
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
                Some(Self::Chacha20Poly1305)
            }
            _ => None,
        }
    }

    fn key_bytes(self) -> usize {
        if self == Self::Aes128Gcm { 16 } else { 32 }
    }
}

/// What one direction of a connection is encrypted with.
#[derive(Debug)]
struct Keys<'a> {
    version: ProtocolVersion,
    cipher: Cipher,
    key: &'a [u8],
    iv: [u8; 12],
    sequence_number: u64,
}

impl<'a> Keys<'a> {
    fn of(
        version: ProtocolVersion,
        secrets: &'a ConnectionTrafficSecrets,
        sequence_number: u64,
    ) -> Option<Self> {
        let (cipher, key, iv) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (Cipher::Aes128Gcm, key, iv),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (Cipher::Aes256Gcm, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                (Cipher::Chacha20Poly1305, key, iv)
            }
            _ => return None,
        };
        let iv = iv.as_ref().try_into().ok()?;
        let key = key.as_ref();
        (key.len() == cipher.key_bytes()).then_some(Self {
            version,
            cipher,
            key,
            iv,
            sequence_number,
        })
    }

    /// The kernel's `struct tls12_crypto_info_…`: version and cipher, then IV, key, salt and the
    /// number of the next record.
    fn crypto_info(&self) -> Zeroizing<Vec<u8>> {
        let mut iv = self.iv;
        let (salt, explicit) = iv.split_at_mut(4);
        if self.version == ProtocolVersion::TLSv1_2 && self.cipher != Cipher::Chacha20Poly1305 {
            // Here the kernel counts this part of the nonce up by one a record, whatever the record's
            // number (RFC 5288 §3 leaves it to the sender), and rustls has used the values next to it
            // for the handshake: `explicit` with small numbers XORed into it. The same nonce twice
            // would give the key of GCM's authentication away, so we begin half the range off.
            explicit[0] ^= 0x80;
        }
        let (salt, iv): (&[u8], &[u8]) = match self.cipher {
            Cipher::Chacha20Poly1305 => (&[], &self.iv),
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => (salt, explicit),
        };
        let version = u16::from(self.version).to_ne_bytes();
        let cipher = (self.cipher as u16).to_ne_bytes();
        let number = self.sequence_number.to_be_bytes();
        // In one piece of memory, which is wiped when it is let go.
        Zeroizing::new([&version, &cipher, iv, self.key, salt, &number].concat())
    }
}

/// Whether the kernel takes keys of this suite.
fn try_out(suite: &SupportedCipherSuite) -> io::Result<()> {
    let cipher = Cipher::of(suite.suite()).ok_or(io::ErrorKind::Unsupported)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let socket = TcpStream::connect(listener.local_addr()?)?;
    let keys = Keys {
        version: suite.version().version,
        cipher,
        key: &[0; 32][..cipher.key_bytes()],
        iv: [0; 12],
        sequence_number: 0,
    };
    attach_kernel_tls(&socket)?;
    set_tls_key(&socket, TlsDirection::Send, &keys.crypto_info())?;
    set_tls_key(&socket, TlsDirection::Receive, &keys.crypto_info())
}

#[cfg(test)]
impl KernelTls {
    /// One that is said to take everything, whatever this machine's kernel does.
    pub(super) fn claimed(provider: &CryptoProvider) -> Self {
        Self { suites: provider.cipher_suites.iter().map(SupportedCipherSuite::suite).collect() }
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::cipher::Nonce;
    use rustls::crypto::ring;

    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const IV: [u8; 12] = [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 5];

    fn crypto_info(version: ProtocolVersion, cipher: Cipher) -> Zeroizing<Vec<u8>> {
        let key = &KEY[..cipher.key_bytes()];
        Keys { version, cipher, key, iv: IV, sequence_number: 2 }.crypto_info()
    }

    #[test]
    fn the_kernel_s_structures_have_their_lengths_and_order() {
        for (cipher, number, len) in [
            (Cipher::Aes128Gcm, 51_u16, 40),
            (Cipher::Aes256Gcm, 52, 56),
            (Cipher::Chacha20Poly1305, 54, 56),
        ] {
            for (version, version_number) in
                [(ProtocolVersion::TLSv1_2, 0x0303_u16), (ProtocolVersion::TLSv1_3, 0x0304)]
            {
                let info = crypto_info(version, cipher);
                assert_eq!(info.len(), len, "{cipher:?}");
                assert_eq!(info[..2], version_number.to_ne_bytes());
                assert_eq!(info[2..4], number.to_ne_bytes());
                assert_eq!(info[len - 8..], 2_u64.to_be_bytes());
            }
        }
        let gcm = crypto_info(ProtocolVersion::TLSv1_3, Cipher::Aes128Gcm);
        assert_eq!((&gcm[4..12], &gcm[12..28], &gcm[28..32]), (&IV[4..], &KEY[..16], &IV[..4]));
        let chacha = crypto_info(ProtocolVersion::TLSv1_2, Cipher::Chacha20Poly1305);
        assert_eq!((&chacha[4..16], &chacha[16..48]), (&IV[..], &KEY[..]));
    }

    #[test]
    fn no_nonce_of_the_handshake_is_used_again_by_the_kernel() {
        for cipher in [Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
            let info = crypto_info(ProtocolVersion::TLSv1_2, cipher);
            let first_of_kernel = u64::from_be_bytes(info[4..12].try_into().expect("8 bytes"));
            for number in 0..1000 {
                let nonce = Nonce::new(&IV.into(), number).0;
                let of_handshake = u64::from_be_bytes(nonce[4..].try_into().expect("8 bytes"));
                let after = of_handshake.wrapping_sub(first_of_kernel);
                assert!(after > KERNEL_TLS_RECORDS_MAX, "{cipher:?}: {after} records on");
            }
        }
    }

    #[test]
    fn every_suite_that_rustls_offers_is_one_that_linux_knows() {
        for suite in ring::default_provider().cipher_suites {
            assert!(Cipher::of(suite.suite()).is_some(), "{suite:?}");
        }
    }

    #[test]
    fn the_kernel_s_tls_is_found_where_it_is_loaded_and_nowhere_else() {
        // Asked first: asking may load the module.
        let found = KernelTls::of_this_machine(&ring::default_provider()).is_available();
        let loaded = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_ulp");
        let is_loaded = loaded.is_ok_and(|names| names.split_whitespace().any(|it| it == "tls"));
        assert_eq!(found, is_loaded);
    }
}
