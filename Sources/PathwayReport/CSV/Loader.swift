/// Scripts that read the tables with factors, dates and labels, written from the same columns as the tables.
enum Loader {
    /// For R, with nothing but base R: `source("load.R")`, then `read_snapshot("…/csv")$subjects`.
    static func r(_ tables: [(name: String, columns: [Column])]) -> String {
        var text = """
            # Reads the tables of this folder: factors with labels, dates, whole numbers; labels in attr(x, "label").
            # Use: source("load.R"); snapshot <- read_snapshot("."); str(snapshot$subjects)
            read_snapshot <- function(folder = ".") {
                read <- function(name, columns) {
                    table <- read.csv(
                        file.path(folder, paste0(name, ".csv")), colClasses = "character", na.strings = "", encoding = "UTF-8",
                        check.names = FALSE)
                    stopifnot(identical(names(table), vapply(columns, function(column) column$name, "")))
                    for (column in columns) {
                        cells <- table[[column$name]]
                        cells <- switch(column$type,
                            integer = , day = as.integer(cells),
                            decimal = as.numeric(cells),
                            date = as.Date(paste0(cells, c("", "-01", "-01-01")[match(nchar(cells), c(10, 7, 4))]),
                                format = "%Y-%m-%d", optional = TRUE),
                            instant = as.POSIXct(cells, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC"),
                            code = , flag = factor(cells, levels = column$codes, labels = column$labels),
                            cells)
                        attr(cells, "label") <- column$label
                        table[[column$name]] <- cells
                    }
                    table
                }
                list(

            """
        let lists = tables.map { table in
            "        \(quoted(table.name, "R").replacingHyphens) = read(\(quoted(table.name, "R")), list(\n"
                + table.columns.map { column in
                    "            list(name = \(quoted(column.name, "R")), label = \(quoted(column.label, "R")), type = \(quoted(rType(column), "R"))"
                        + (column.kind == .code || column.kind == .flag
                            ? ", codes = c(\(column.codes.map { quoted($0.value, "R") }.joined(separator: ", "))), labels = c(\(column.distinctLabels.map { quoted($0, "R") }.joined(separator: ", ")))"
                            : "") + ")"
                }.joined(separator: ",\n") + "))"
        }
        text += lists.joined(separator: ",\n") + "\n    )\n}\n"
        return text
    }

    private static func rType(_ column: Column) -> String {
        column.codes.isEmpty && column.kind == .code ? "text" : column.kind.rawValue
    }

    /// For Python, with pandas: `from load import read_snapshot`.
    static func python(_ tables: [(name: String, columns: [Column])]) -> String {
        var text = """
            # Reads the tables of this folder with pandas: ordered categories with labels, dates, whole numbers.
            # Use: from load import read_snapshot; snapshot = read_snapshot("."); snapshot["subjects"].info()
            import os

            import pandas

            TABLES = {

            """
        for table in tables {
            text += "    \(quoted(table.name, "Python")): [\n"
            for column in table.columns {
                let codes =
                    column.kind == .code || column.kind == .flag
                    ? zip(column.codes, column.distinctLabels).map {
                        "(\(quoted($0.value, "Python")), \(quoted($1, "Python")))"
                    }
                    .joined(separator: ", ") : ""
                text +=
                    "        (\(quoted(column.name, "Python")), \(quoted(column.label, "Python")), \(quoted(rType(column), "Python")), [\(codes)]),\n"
            }
            text += "    ],\n"
        }
        text += """
            }


            def read_snapshot(folder="."):
                \"\"\"A dictionary of data frames, one a table; labels of columns in frame.attrs["labels"].\"\"\"
                snapshot = {}
                for name, columns in TABLES.items():
                    frame = pandas.read_csv(
                        os.path.join(folder, name + ".csv"), dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
                    assert list(frame.columns) == [column[0] for column in columns], name
                    for column, label, kind, codes in columns:
                        cells = frame[column]
                        if kind in ("integer", "day"):
                            cells = cells.astype("Int64")
                        elif kind == "decimal":
                            cells = cells.astype("Float64")
                        elif kind == "date":
                            cells = pandas.to_datetime(cells.str.cat(cells.str.len().map({10: "", 7: "-01", 4: "-01-01"}), na_rep=""),
                                                       format="%Y-%m-%d", errors="coerce")
                        elif kind == "instant":
                            cells = pandas.to_datetime(cells, utc=True)
                        elif codes:
                            unknown = set(cells.dropna()) - {code for code, _ in codes}
                            assert not unknown, (name, column, unknown)
                            cells = cells.astype(pandas.CategoricalDtype([code for code, _ in codes], ordered=False))
                            cells = cells.cat.rename_categories(dict(codes))
                        frame[column] = cells
                    frame.attrs["labels"] = {column[0]: column[1] for column in columns}
                    snapshot[name] = frame
                return snapshot

            """
        return text
    }

    /// A text in double quotes, as both languages read it.
    private static func quoted(_ text: String, _ language: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

extension String {
    /// A quoted name as an R name: `"adverse-events"` becomes `adverse_events`.
    fileprivate var replacingHyphens: String {
        String(filter { $0 != "\"" }.map { $0 == "-" ? "_" : $0 })
    }
}

extension Column {
    /// The labels of the codes; where two codes have one label, each has its code behind it, because a factor's levels differ.
    fileprivate var distinctLabels: [String] {
        codes.map { code in
            codes.filter { $0.label == code.label }.count > 1 ? "\(code.label) (\(code.value))" : code.label
        }
    }
}
