internal import ArgumentParser
internal import Foundation
internal import PathwayReport

/// A file that appears under its name only when it is whole; a device or pipe is written as it comes.
final class WholeFile {
    private let path: String
    private let partial: PartialName?
    private let handle: FileHandle
    private var isOpen = true

    /// Opens it beside its name, if the name is free.
    /// - Parameter replaces: whether a file of the name may be written over.
    init(_ path: String, replacing replaces: Bool = false) throws {
        self.path = path
        var status = stat()
        let isStream = stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
        if !isStream, lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw Failure(.badInput, "cannot write \"\(path)\": it is a folder", hint: "name a file in it")
            }
            guard replaces else {
                throw Failure(.badInput, "\"\(path)\" exists", hint: "name another file, or write over it with --force")
            }
        }
        partial = isStream ? nil : PartialName(for: path)
        let flags = isStream ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL
        let descriptor = open(partial?.path ?? path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(.badInput, "cannot write \"\(path)\": \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Adds bytes, unless the command was interrupted.
    func write(_ bytes: [UInt8]) throws {
        try Task.checkCancellation()
        do { try handle.write(contentsOf: Data(bytes)) } catch {
            throw Failure(.badInput, "cannot write \"\(path)\": \(Terminal.reason(error))")
        }
    }

    /// Gives it its name.
    func commit() throws {
        guard let partial else { return try handle.close() }
        try handle.synchronize()
        try handle.close()
        guard rename(partial.path, path) == 0 else {
            throw Failure(.badInput, "cannot write \"\(path)\": \(String(cString: strerror(errno)))")
        }
        isOpen = false
        partial.release()
    }

    // Of what was not finished nothing is left.
    deinit { if isOpen { partial?.discard() } }
}

/// `--force`: the one way to write over a file.
struct ForceOption: ParsableArguments {
    @Flag(help: "Write over the file if it exists.") var force = false
}
