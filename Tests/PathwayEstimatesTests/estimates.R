# Judges the estimates: reads the cohorts, paths and designs in a folder, adds data sets of the package survival to them,
# and writes what R says of each to judged.csv (subject, key, value), with 17 digits.
for (package in c("survival", "rpact")) {
    if (!requireNamespace(package, quietly = TRUE)) {
        cat("the R package \"", package, "\" is not installed\n", sep = "")
        quit(status = 2)
    }
}
suppressPackageStartupMessages(library(survival))
options(warn = -1)
setwd(commandArgs(trailingOnly = TRUE)[1])
judged <- file("judged.csv", "w")
say <- function(subject, key, value) {
    value <- as.vector(value)
    text <- ifelse(is.finite(value), sprintf("%.17g", value), "NA")
    writeLines(paste(subject, key, text, sep = ","), judged)
}

# The data sets that survival brings along.
keep <- function(name, exit, event, group, stratum, measure, entry = 0) {
    rows <- data.frame(entry, exit, event, group, stratum, measure)
    write.csv(rows[complete.cases(rows), ], paste0("cohort-", name, ".csv"), row.names = FALSE, quote = FALSE)
}
keep("lung", lung$time, lung$status - 1, paste0("sex", lung$sex), paste0("ecog", pmin(lung$ph.ecog, 2)), lung$age)
keep("veteran", veteran$time, veteran$status, paste0("arm", veteran$trt), veteran$celltype, veteran$karno)
keep("rats", rats$time, rats$status, paste0("rx", rats$rx), rats$sex, rats$litter)
keep("heart", ceiling(heart$stop), heart$event, paste0("transplant", heart$transplant), paste0("surgery", heart$surgery),
    heart$age, floor(heart$start))
plasma <- with(mgus2, data.frame(subject = id, start = 0, stop = ifelse(pstat == 1, ptime, futime), from = "event-free",
    to = ifelse(pstat == 1, "malignancy", ifelse(death == 1, "death", ""))))
write.csv(plasma, "paths-mgus2.csv", row.names = FALSE, quote = FALSE)

kaplan_meier <- function(subject, key, response) {
    fits <- sapply(c("log-log", "log", "plain"), function(type)
        survfit(response ~ 1, conf.type = type), simplify = FALSE)
    fit <- fits[[1]]
    day <- paste0(key, "/", fit$time)
    say(subject, paste0(day, "/survival"), fit$surv)
    say(subject, paste0(day, "/error"), fit$surv * fit$std.err)
    say(subject, paste0(day, "/risk"), fit$n.risk)
    say(subject, paste0(day, "/events"), fit$n.event)
    say(subject, paste0(day, "/censored"), fit$n.censor)
    half <- max(fit$time) %/% 2
    for (type in names(fits)) {
        say(subject, paste0(day, "/", type, "/lower"), fits[[type]]$lower)
        say(subject, paste0(day, "/", type, "/upper"), fits[[type]]$upper)
        middle <- summary(fits[[type]])$table
        say(subject, paste0(key, "/median/", type), middle[["median"]])
        say(subject, paste0(key, "/median/", type, "/lower"), middle[["0.95LCL"]])
        say(subject, paste0(key, "/median/", type, "/upper"), middle[["0.95UCL"]])
    }
    mean <- survival:::survmean(fit, rmean = half)$matrix
    say(subject, paste0(key, "/mean"), mean[["rmean"]])
    say(subject, paste0(key, "/mean/error"), mean[["se(rmean)"]])
}

# As many digits as there are: the default stops at 1e-9 of the likelihood.
digits <- coxph.control(eps = 1e-15, iter.max = 60, toler.chol = 1e-14)
cox <- function(subject, key, formula, rows, ties) {
    fit <- coxph(formula, rows, ties = ties, control = digits)
    say(subject, paste0(key, "/zero"), fit$loglik[1])
    say(subject, paste0(key, "/score"), fit$score)
    say(subject, paste0(key, "/ratio/p"), summary(fit)$logtest[["pvalue"]])
    # One more step from the summit, for the likelihood is flat there and its digits end before those of the place.
    fit <- coxph(formula, rows, ties = ties, control = digits, init = coef(fit))
    number <- seq_along(coef(fit)) - 1
    error <- sqrt(diag(vcov(fit)))
    say(subject, paste0(key, "/", number, "/value"), coef(fit))
    say(subject, paste0(key, "/", number, "/error"), error)
    say(subject, paste0(key, "/", number, "/p"), summary(fit)$coefficients[, "Pr(>|z|)"])
    say(subject, paste0(key, "/", number, "/lower"), exp(confint(fit))[, 1])
    say(subject, paste0(key, "/", number, "/upper"), exp(confint(fit))[, 2])
    say(subject, paste0(key, "/summit"), fit$loglik[2])
    say(subject, paste0(key, "/wald"), drop(coef(fit) %*% solve(vcov(fit), coef(fit))))
}

log_rank <- function(subject, key, formula, rows, truncated, strata) {
    if (truncated) {
        # survdiff refuses late entries. The score test of the exact partial likelihood is the log-rank test.
        fit <- coxph(formula, rows, ties = "exact")
        say(subject, paste0(key, "/chi"), fit$score)
        return()
    }
    fit <- survdiff(formula, rows)
    say(subject, paste0(key, "/chi"), fit$chisq)
    say(subject, paste0(key, "/p"), fit$pvalue)
    number <- seq_along(fit$n) - 1
    say(subject, paste0(key, "/", number, "/observed"), rowSums(as.matrix(fit$obs)))
    say(subject, paste0(key, "/", number, "/expected"), rowSums(as.matrix(fit$exp)))
    if (length(fit$n) == 2) say(subject, paste0(key, "/variance"), fit$var[2, 2])
}

for (name in list.files(pattern = "^cohort-")) {
    subject <- sub("\\.csv$", "", name)
    rows <- read.csv(name)
    rows$group <- factor(rows$group)
    truncated <- any(rows$entry > 0)
    rows$response <- if (truncated) Surv(rows$entry, rows$exit, rows$event) else Surv(rows$exit, rows$event)
    follow_up <- if (truncated) Surv(rows$entry, rows$exit, 1 - rows$event) else Surv(rows$exit, 1 - rows$event)
    kaplan_meier(subject, "km/all", rows$response)
    for (group in levels(rows$group)) kaplan_meier(subject, paste0("km/", group), rows$response[rows$group == group, ])
    kaplan_meier(subject, "followup", follow_up)
    if (nlevels(rows$group) < 2 || sum(rows$event) == 0) next
    log_rank(subject, "logrank/plain", response ~ group, rows, truncated)
    log_rank(subject, "logrank/strata", response ~ group + strata(stratum), rows, truncated)
    for (ties in c("efron", "breslow")) {
        cox(subject, paste0("cox/", ties, "/plain"), response ~ group, rows, ties)
        cox(subject, paste0("cox/", ties, "/strata"), response ~ group + strata(stratum), rows, ties)
        cox(subject, paste0("cox/", ties, "/measure"), response ~ group + measure + strata(stratum), rows, ties)
    }
}

for (name in list.files(pattern = "^paths-")) {
    subject <- sub("\\.csv$", "", name)
    rows <- read.csv(name)
    rows$to[is.na(rows$to)] <- ""
    rows$to <- factor(rows$to, c("", sort(setdiff(unique(c(rows$from, rows$to)), ""))))
    fit <- survfit(Surv(start, stop, to) ~ 1, rows, id = subject, istate = from, influence = TRUE, conf.type = "log-log")
    for (column in seq_along(fit$states)) {
        key <- paste0("aj/", fit$states[column], "/", fit$time)
        say(subject, paste0(key, "/probability"), fit$pstate[, column])
        say(subject, paste0(key, "/error"), fit$std.err[, column])
        say(subject, paste0(key, "/risk"), fit$n.risk[, column])
        say(subject, paste0(key, "/lower"), fit$lower[, column])
        say(subject, paste0(key, "/upper"), fit$upper[, column])
    }
}

by_rpact <- function(fractions, sides, alpha, spending) {
    found <- rpact::getDesignGroupSequential(kMax = length(fractions), sided = sides, alpha = alpha,
        informationRates = fractions, tolerance = 1e-10,
        typeOfDesign = c("obrien-fleming" = "asOF", "pocock" = "asP")[[spending]])
    list(boundary = found$criticalValues, spent = found$alphaSpent)
}

# Up to three looks by R's adaptive integration, nested. rpact has a fixed grid, too coarse for looks close to each other.
by_integration <- function(fractions, sides, alpha, spending) {
    share <- alpha / sides
    spent <- if (spending == "pocock") share * log(1 + (exp(1) - 1) * fractions) else
        2 * pnorm(qnorm(share / 2) / sqrt(fractions))
    over <- function(f, from, to) if (from >= to) 0 else
        integrate(f, from, to, rel.tol = 1e-10, abs.tol = 0, subdivisions = 1000)$value
    tails <- function(boundary, mean, sd) pnorm((boundary - mean) / sd, lower.tail = FALSE) +
        (sides == 2) * pnorm((-boundary - mean) / sd)
    boundary <- numeric(0)
    # The probability of crossing at a look, given the z of the look before; each look integrates over the next one.
    given <- function(z, look, last, candidate) {
        mean <- z * if (look == 1) 0 else sqrt(fractions[look - 1] / fractions[look])
        sd <- if (look == 1) 1 else sqrt(1 - fractions[look - 1] / fractions[look])
        if (look == last) return(tails(candidate, mean, sd))
        lowest <- if (sides == 2) -boundary[look] else -Inf
        over(Vectorize(function(x) dnorm(x, mean, sd) * given(x, look + 1, last, candidate)),
            max(lowest, mean - 12 * sd), min(boundary[look], mean + 12 * sd))
    }
    for (look in seq_along(fractions)) {
        goal <- sides * (spent[look] - if (look == 1) 0 else spent[look - 1])
        boundary[look] <- uniroot(function(c) log(given(0, 1, look, c) / goal), c(0.2, 9), tol = 1e-11)$root
    }
    list(boundary = boundary, spent = sides * spent)
}

designs <- read.csv("designs.csv", colClasses = "character")
for (row in seq_len(nrow(designs))) {
    design <- designs[row, ]
    fractions <- as.numeric(strsplit(design$fractions, ";")[[1]])
    judge <- list(rpact = by_rpact, integration = by_integration)[[design$judge]]
    sides <- as.integer(design$sides)
    found <- judge(fractions, sides, as.numeric(design$alpha), design$spending)
    number <- seq_along(fractions) - 1
    say(design$name, paste0(number, "/boundary"), found$boundary)
    say(design$name, paste0(number, "/spent"), found$spent)
    say(design$name, paste0(number, "/nominal"), sides * pnorm(found$boundary, lower.tail = FALSE))
}

for (z in c(-37, -8, -5.5, -3, -1.96, -0.3, 0, 0.7, 2, 6)) {
    say("functions", paste0("normal/", z), pnorm(z))
    say("functions", paste0("density/", z), dnorm(z))
}
for (p in c("1e-300", "1e-20", "1e-08", "0.001", "0.025", "0.07", "0.075", "0.3", "0.5", "0.9", "0.975", "0.999999"))
    say("functions", paste0("quantile/", p), qnorm(as.numeric(p)))
for (freedom in c(1, 2, 3, 4, 7, 10, 25)) for (value in c(0, 0.01, 0.5, 1, 3.84, 10, 60, 400))
    say("functions", paste0("chi/", freedom, "/", value), pchisq(value, freedom, lower.tail = FALSE))
for (a in c(1, 2, 5, 30, 200)) for (b in c(1, 3, 12, 150)) for (value in c(0, 0.001, 0.1, 0.4, 0.5, 0.77, 0.99, 1))
    say("functions", paste0("beta/", a, "/", b, "/", value), pbeta(value, a, b))
for (total in c(1:8, 62, 105, 208, 1000)) for (count in unique(c(0:min(total, 8), total %/% 2, total - 1, total))) {
    key <- paste0("proportion/", count, "/", total)
    exact <- binom.test(count, total)$conf.int
    score <- prop.test(count, total, correct = FALSE)$conf.int
    say("functions", paste0(key, "/exact/", c("lower", "upper")), exact)
    say("functions", paste0(key, "/score/", c("lower", "upper")), score)
}
close(judged)
