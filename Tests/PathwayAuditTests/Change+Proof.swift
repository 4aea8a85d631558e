extension Change {
    /// The journal, the seals, the tiles and what the sealer notes.
    static let proof = [
        Change("the journal edited", "UPDATE pathway.journal SET acted_by = 'x' WHERE number = 2", names: [("", 2)]),
        Change(
            "the journal backdated",
            "UPDATE pathway.journal SET acted_at = acted_at - interval '1 microsecond' WHERE number = 2",
            names: [("", 2)]),
        Change(
            "the journal's detail edited", #"UPDATE pathway.journal SET detail = '["x"]' WHERE number = 2"#,
            names: [("", 2)]),
        Change(
            "the journal without an act", "UPDATE pathway.journal SET act = NULL WHERE number = 2", names: [("", 2)]),
        Change("an entry of the journal deleted", "DELETE FROM pathway.journal WHERE number = 2", names: [("", 2)]),
        Change(
            "an entry of the journal inserted",
            "INSERT INTO pathway.journal SELECT 900, act, 'mallory', detail, reason, acted_by, login, acted_at, xid FROM pathway.journal WHERE number = 1",
            names: [("", 900)]),
        Change(
            "a seal with another digest",
            #"UPDATE pathway.seal SET digest = sha256('x') WHERE chain = '{P}' AND position = 4"#, names: [("{P}", 4)]),
        Change(
            "a seal with a short digest",
            #"UPDATE pathway.seal SET digest = '\x00' WHERE chain = '{P}' AND position = 4"#, names: [("{P}", 4)]),
        Change(
            "a seal without a digest", "UPDATE pathway.seal SET digest = NULL WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4)]),
        Change("a seal deleted", "DELETE FROM pathway.seal WHERE chain = '{P}' AND position = 4", names: [("{P}", 4)]),
        Change(
            "a seal of another patient", "UPDATE pathway.seal SET chain = '{Q}' WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4), ("{Q}", 4)]),
        Change(
            "a seal of another position", "UPDATE pathway.seal SET position = 70 WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4), ("{P}", 70)]),
        Change(
            "a seal twice",
            "INSERT INTO pathway.seal SELECT number + 1000000, chain, position, digest FROM pathway.seal WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4)]),
        Change(
            "a seal with the greatest number",
            "UPDATE pathway.seal SET number = 9223372036854775807 WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4)], withoutLeaves: false),
        Change(
            "a seal with the number 0", "UPDATE pathway.seal SET number = 0 WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4)]),
        Change(
            "a seal with the number of another",
            "UPDATE pathway.seal SET number = 5 WHERE chain = '{P}' AND position = 4", names: [("{P}", 4)],
            withoutLeaves: false, exactly: false),
        Change(
            "two seals with each other's numbers",
            """
            UPDATE pathway.seal AS s SET number = o.number FROM pathway.seal AS o
            WHERE (s.chain, s.position, o.chain, o.position) IN (('{P}', 4, '{Q}', 4), ('{Q}', 4, '{P}', 4))
            """, names: [("{P}", 4), ("{Q}", 4)], withoutLeaves: false),
        Change(
            "all numbers in another order", "UPDATE pathway.seal SET number = {SIZE} + 1 - number",
            names: [("{P}", 4), ("{Q}", 4)], withoutLeaves: false, exactly: false),
        Change(
            "a tile edited", "UPDATE pathway.tile SET hashes = set_byte(hashes, 77, get_byte(hashes, 77) # 1)",
            names: [], withoutLeaves: false),
        Change(
            "the root of a tile edited", "UPDATE pathway.tile SET root = set_byte(root, 7, get_byte(root, 7) # 1)",
            names: [], withoutLeaves: false),
        Change(
            "a tile cut short", "UPDATE pathway.tile SET hashes = substr(hashes, 1, 8160)", names: [],
            withoutLeaves: false),
        Change("a tile deleted", "DELETE FROM pathway.tile", names: [], withoutLeaves: false),
        Change(
            "a tile too many", "INSERT INTO pathway.tile SELECT 1, 0, hashes, root FROM pathway.tile", names: [],
            withoutLeaves: false),
        Change("the sealer's notes deleted", "DELETE FROM pathway.sealing", names: [], withoutLeaves: false),
        Change(
            "the sealer's last note deleted",
            "DELETE FROM pathway.sealing WHERE sealing = (SELECT max(sealing) FROM pathway.sealing)", names: [],
            withoutLeaves: false),
        Change(
            "the sealer's note of another size", "UPDATE pathway.sealing SET size = size + 1", names: [],
            withoutLeaves: false),
        Change(
            "the sealer's note of another horizon",
            "UPDATE pathway.sealing SET horizon = 1 WHERE sealing = (SELECT max(sealing) FROM pathway.sealing)",
            names: [], withoutLeaves: false),
        Change(
            "the log's own checkpoint edited", "UPDATE pathway.checkpoint SET root = sha256('x')", names: [],
            withoutLeaves: false),
    ]
}
