# Rebuilds the report's figures from exported tables alone, each file used by itself: for every source, endpoint, randomisation and arm of the
# eligible a line with the patients, the events, and survival at two years by Kaplan and Meier.
if (!requireNamespace("survival", quietly = TRUE)) {
    cat("the R package \"survival\" is not installed\n")
    quit(status = 2)
}
suppressPackageStartupMessages(library(survival))

say <- function(source, rows) {
    for (group in split(rows, paste(rows$endpoint, rows$zero, rows$arm))) {
        fit <- summary(survfit(Surv(days, event) ~ 1, group), times = 730, extend = TRUE)
        cat(source, group$endpoint[1], group$zero[1], group$arm[1], nrow(group), sum(group$event), sprintf("%.12f", fit$surv), "\n")
    }
}

source("csv/load.R")
tables <- read_snapshot("csv")
endpoints <- subset(tables$endpoints, eligible == "Yes" & !is.na(randomisation))
codes <- read.csv("csv/endpoints.csv")
codes <- subset(codes, eligible == "yes" & randomisation != "")
stopifnot(nrow(codes) == nrow(endpoints))
say("csv", data.frame(endpoint = codes$endpoint, zero = codes$randomisation, arm = codes$arm, days = codes$time, event = codes$event))

rows <- subset(read.csv("intervals/endpoints.csv"), eligible == "yes" & zero != "enrolment")
say("intervals", rows[c("endpoint", "zero", "arm", "days", "event")])

# Each other file by itself gives the same patients.
count <- function(file, rows) cat("patients", file, length(unique(rows$id)), "\n")
read <- function(file) subset(read.csv(paste0("", file, ".csv")), eligible == "yes")
count("csv/subjects", subset(read.csv("csv/subjects.csv"), set_randomised_eligible == "yes"))
count("csv/randomisations", read("csv/randomisations"))
count("csv/states", subset(read("csv/states"), zero != "enrolment"))
count("csv/transplants", subset(read("csv/transplants"), zero != "enrolment"))
count("intervals/states", rbind(read("intervals/states-high-and-intermediate"), read("intervals/states-low")))
count("intervals/transplant", subset(read("intervals/transplant"), zero != "enrolment"))

# One rule says how long everybody was followed, in every file.
subjects <- read.csv("csv/subjects.csv")
ends <- function(file) tapply(read.csv(paste0("", file, ".csv"))$tstop, read.csv(paste0("", file, ".csv"))$id, max)
known <- setNames(ifelse(is.na(subjects$death_day), subjects$last_known_alive_day, subjects$death_day), subjects$id)
for (file in c("intervals/states", "intervals/phases", "csv/phases")) {
    found <- ends(file)
    cat("followed", file, all(found == pmax(known[names(found)], ifelse(found == 0.5, 0.5, 0))), "\n")
}
dictionary <- read.csv("csv/dictionary.csv", na.strings = "")
cat("sources", sum(is.na(dictionary$source)), subset(dictionary, table == "randomisations" & name == "arm")$source, "\n")
excluded <- subset(subjects, eligible == "no")
cat("excluded", nrow(excluded), unique(excluded$off_study_reason), all(!is.na(excluded$off_study_day)), "\n")
