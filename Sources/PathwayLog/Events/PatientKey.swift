internal import Crypto
internal import Foundation

/// The key under which what identifies one patient is kept; without it that is noise, and every digest of it still holds.
struct PatientKey: Sendable, Hashable {
    /// 32 random bytes.
    let bytes: [UInt8]

    static func random() -> PatientKey {
        PatientKey(bytes: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    }

    /// AES-256-GCM: a version byte of 1, a nonce of 12 bytes, the text, a tag of 16; bound to the patient it is about.
    func sealed(_ text: [UInt8], of patient: String) -> [UInt8] {
        let key = SymmetricKey(data: bytes)
        // Sealing fails only for a nonce of another size than the one it makes itself.
        guard let box = try? AES.GCM.seal(text, using: key, authenticating: Array(patient.utf8)),
            let combined = box.combined
        else { preconditionFailure("AES-GCM with its own nonce seals everything") }
        return [PatientKey.version] + combined
    }

    /// What was sealed, or `nil` if another key sealed it, for another patient, or if it was changed since.
    func opened(_ sealed: some Collection<UInt8>, of patient: String) -> [UInt8]? {
        guard sealed.first == PatientKey.version,
            let box = try? AES.GCM.SealedBox(combined: Array(sealed.dropFirst())),
            let text = try? AES.GCM.open(box, using: SymmetricKey(data: bytes), authenticating: Array(patient.utf8))
        else { return nil }
        return Array(text)
    }

    private static let version: UInt8 = 1
}
