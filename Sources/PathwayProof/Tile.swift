/// Which tile: up to 256 neighbouring hashes of one level of the tree in eight, as C2SP's tlog-tiles cuts it.
///
/// Tile n of level l holds the hashes of the complete subtrees of 256^l leaves from number 256 · n on.
public struct TileID: Sendable, Hashable {
    /// 0 for leaf hashes; each level stands eight above the one before it.
    public let level: Int
    /// How many tiles of the level lie to its left.
    public let index: Int

    /// Names the tile of a level at a place.
    public init(level: Int, index: Int) {
        precondition((0..<8).contains(level) && index >= 0, "a tile has a level from 0 to 7 and an index from 0")
        self.level = level
        self.index = index
    }

    /// How many hashes it has in a tree of this size: 256 if it is full, 0 if the tree does not reach it.
    public func width(inSize size: Int) -> Int {
        let hashes = size >> (Tile.height * level)
        return min(max(hashes - index * Tile.fullWidth, 0), Tile.fullWidth)
    }

    /// The tiles that are not full in a tree of this size, from the leaves up: at most one a level.
    public static func partial(inSize size: Int) -> [TileID] {
        (0..<8).map { TileID(level: $0, index: size >> (Tile.height * ($0 + 1))) }.filter { $0.width(inSize: size) > 0 }
    }

    /// Where tlog-tiles serves it: `tile/0/x001/x234/067` if full, and with `.p/` and its width behind that if not.
    /// - Parameter width: how many hashes the tile has, from 1 to 256.
    public func path(width: Int) -> String {
        precondition((1...Tile.fullWidth).contains(width), "a tile has from 1 to 256 hashes")
        var groups: [String] = []
        var rest = index
        repeat {
            let digits = String(rest % 1000)
            groups.append((groups.isEmpty ? "" : "x") + String(repeating: "0", count: 3 - digits.count) + digits)
            rest /= 1000
        } while rest > 0
        let place = "tile/\(level)/" + groups.reversed().joined(separator: "/")
        return width == Tile.fullWidth ? place : "\(place).p/\(width)"
    }
}

/// From 1 to 256 neighbouring hashes of one level of the tree.
///
/// A full tile never changes and can be stored, cached and copied like any immutable file. A partial one is the
/// beginning of the full one to come.
public struct Tile: Sendable, Hashable {
    /// How many levels of the tree one tile spans.
    public static let height = 8
    /// How many hashes a full tile has: 8192 bytes.
    public static let fullWidth = 256

    /// Which tile it is.
    public let id: TileID
    /// Its hashes, from the left.
    public let hashes: [Digest]

    /// Takes a tile's hashes; `nil` if there is none, or more than 256.
    public init?(id: TileID, hashes: [Digest]) {
        guard (1...Tile.fullWidth).contains(hashes.count) else { return nil }
        (self.id, self.hashes) = (id, hashes)
    }

    /// Reads the hashes one after the other, as tlog-tiles stores them; `nil` unless they are 1 to 256 times 32 bytes.
    public init?(id: TileID, bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: Digest.byteCount) else { return nil }
        var hashes: [Digest] = []
        hashes.reserveCapacity(bytes.count / Digest.byteCount)
        for start in stride(from: 0, to: bytes.count, by: Digest.byteCount) {
            guard let hash = Digest(bytes: bytes.span.bytes.extracting(start..<start + Digest.byteCount)) else {
                return nil
            }
            hashes.append(hash)
        }
        self.init(id: id, hashes: hashes)
    }

    /// The hashes one after the other, 32 bytes each.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.write(to: &bytes) }
        return bytes
    }

    /// Whether nothing can be added to it any more.
    public var isFull: Bool { hashes.count == Tile.fullWidth }
}
