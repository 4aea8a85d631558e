/// The protocol documents that come with the program.
public enum BundledProtocols {
    /// The documents by name, as text.
    public static let all: [(name: String, text: String)] = [
        ("aall1331", String(decoding: PackageResources.aall1331_yaml, as: UTF8.self)),
        ("intreall-sr-2010", String(decoding: PackageResources.intreall_sr_2010_yaml, as: UTF8.self)),
    ]
}
