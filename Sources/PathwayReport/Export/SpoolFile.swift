internal import Foundation

/// Rows that wait on the disk until what stands before them is known, such as how many there are.
///
/// It lies in the folder of the export and has no name there: whatever happens, nothing of it is left.
final class SpoolFile {
    private let handle: FileHandle
    private var buffer: [UInt8] = []

    init(in folder: String, number: Int) throws(ExportError) {
        let path = "\(folder)/.spool-\(number)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, unlink(path) == 0 else {
            throw ExportError("cannot write a file for rows that wait: \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Adds bytes.
    func write(_ more: some Sequence<UInt8>) throws(ExportError) {
        buffer.append(contentsOf: more)
        if buffer.count >= SpoolFile.piece { try flush() }
    }

    /// Adds text.
    func write(_ text: String) throws(ExportError) { try write(text.utf8) }

    /// Copies all of it to a file of the export.
    func copy(to file: ExportFile) throws(ExportError) {
        try flush()
        do {
            try handle.seek(toOffset: 0)
        } catch {
            throw ExportError("cannot read the rows that wait again")
        }
        while let bytes = try next() { try file.write(bytes) }
    }

    private static let piece = 1 << 16

    private func next() throws(ExportError) -> Data? {
        do {
            let bytes = try handle.read(upToCount: SpoolFile.piece)
            return bytes.flatMap { $0.isEmpty ? nil : $0 }
        } catch {
            throw ExportError("cannot read the rows that wait again")
        }
    }

    private func flush() throws(ExportError) {
        do {
            try handle.write(contentsOf: Data(buffer))
        } catch {
            throw ExportError("cannot write the rows that wait: the disk may be full")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
