internal import Postgres

extension LogError {
    /// The words for what the server does not allow. It names the function or table, whatever its language is.
    init(missingRight error: PostgresError) {
        if error.constraint == "own_site" {
            self.init(
                .notAllowed, error.message,
                hint: "whoever administers the log grants a coordinator a site with \"pathway access grant\"")
        } else if error.message.contains("draw_allocation") {
            self.init(
                .notAllowed, "the login has no right to draw allocations, which takes the role \"randomiser\"",
                hint: "the service draws: repeat the command with its login")
        } else {
            self.init(
                .notAllowed, "the login has no right to record, which takes the role \"coordinator\"",
                hint: "whoever administers the log grants it with \"pathway access grant\"")
        }
    }
}
