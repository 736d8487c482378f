//! Pictures of the curves, as SVG that can be read on light ground and on dark.

use std::fmt::Write as _;
use std::path::Path;

type Points = Vec<(f64, f64)>;

/// What a picture shows.
struct Picture {
    file: &'static str,
    title: &'static str,
    x: &'static str,
    logarithmic: bool,
    /// A curve's name in the lines, and here.
    curves: &'static [(&'static str, &'static str)],
}

const PICTURES: &[Picture] = &[
    Picture {
        file: "token.svg",
        title: "A login, by the size of its token",
        x: "octets of the token",
        logarithmic: false,
        curves: &[("token", "a login")],
    },
    Picture {
        file: "groups.svg",
        title: "A login, by the groups in its PAC",
        x: "groups",
        logarithmic: false,
        curves: &[("groups", "a login, PAC verified and read")],
    },
    Picture {
        file: "keytab.svg",
        title: "A login, by the entries of the keytab",
        x: "entries, each tenfold the last",
        logarithmic: true,
        curves: &[("keytab", "a login")],
    },
    Picture {
        file: "replay.svg",
        title: "A check of the replay cache, by its live entries",
        x: "live entries, each tenfold the last",
        logarithmic: true,
        curves: &[("replay fresh", "new, and another expires"), ("replay replayed", "taken before")],
    },
    Picture {
        file: "threads-login.svg",
        title: "Logins of all threads together",
        x: "threads that share an acceptor and a cache",
        logarithmic: false,
        curves: &[("threads login", "time for each login of all")],
    },
    Picture {
        file: "threads-replay.svg",
        title: "Checks of all threads together, a million live entries",
        x: "threads that share a cache",
        logarithmic: false,
        curves: &[("threads fresh", "time for each check of all: new"), ("threads replayed", "taken before")],
    },
];

/// The rectangle in which curves are drawn.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 330.0;

const STYLE: &str = "<style>text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-size:16px;font-weight:600}.s{fill:#57606a;font-size:12px}\
.g{stroke:#d0d7de}.b{fill:#fff}.c0{stroke:#0969da}.c1{stroke:#bc4c00}.d0{fill:#0969da}.d1{fill:#bc4c00}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9da7b3}.g{stroke:#3d444d}.b{fill:#0d1117}\
.c0{stroke:#58a6ff}.c1{stroke:#f0883e}.d0{fill:#58a6ff}.d1{fill:#f0883e}}</style>";

pub(crate) fn all(folder: &str, machine: &str) {
    let lines = std::io::read_to_string(std::io::stdin()).unwrap();
    for picture in PICTURES {
        let curves: Vec<_> = picture.curves.iter().map(|(name, shown)| (*shown, points(&lines, name))).collect();
        if curves.iter().any(|(_, points)| points.len() < 2) {
            println!("{}: no such points", picture.file);
            continue;
        }
        std::fs::write(Path::new(folder).join(picture.file), draw(picture, &curves, machine)).unwrap();
        for (shown, points) in &curves {
            println!("{}: {shown}: {}", picture.file, told(picture, points));
        }
    }
}

/// The points of a curve. A line of `benches/replay.rs` is one of two curves, by its entries or by its threads.
fn points(lines: &str, curve: &str) -> Points {
    let point = |line: &str| -> Option<(f64, f64)> {
        let fields: Vec<&str> = line.split(',').collect();
        match fields[..] {
            [name, x, y] if name == curve => Some((x.parse().ok()?, y.parse().ok()?)),
            ["replay", what, entries, "1", y] if curve.strip_prefix("replay ") == Some(what) => {
                Some((entries.parse().ok()?, y.parse().ok()?))
            }
            ["replay of threads", what, _, threads, y] if curve.strip_prefix("threads ") == Some(what) => {
                let threads: f64 = threads.parse().ok()?;
                Some((threads, y.parse::<f64>().ok()? / threads))
            }
            _ => None,
        }
    };
    lines.lines().filter_map(point).collect()
}

/// A straight line through the points, or how far the last is from the first.
fn told(picture: &Picture, points: &Points) -> String {
    let (first, last) = (points[0], points[points.len() - 1]);
    if picture.logarithmic || picture.file.starts_with("threads") {
        let low = points.iter().fold(f64::INFINITY, |low, point| low.min(point.1));
        let high = points.iter().fold(0.0_f64, |high, point| high.max(point.1));
        return format!("{} to {} ns; last : first {:.2}", low.round(), high.round(), last.1 / first.1);
    }
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>()
        / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
    let off = points.iter().map(|point| (point.1 - y - slope * (point.0 - x)).abs() / point.1).fold(0.0, f64::max);
    format!("{:.0} ns + {slope:.2} ns each; points at most {:.0} % off that line", y - slope * x, off * 100.0)
}

fn draw(picture: &Picture, curves: &[(&str, Points)], machine: &str) -> String {
    let of_x = |x: f64| if picture.logarithmic { x.log10() } else { x };
    let all = || curves.iter().flat_map(|(_, points)| points.iter());
    let low = if picture.logarithmic { all().map(|p| of_x(p.0)).fold(f64::INFINITY, f64::min).floor() } else { 0.0 };
    let high = all().map(|point| of_x(point.0)).fold(0.0, f64::max);
    let y_step = step(all().map(|point| point.1).fold(0.0, f64::max) / 5.0);
    let y_high = (all().map(|point| point.1).fold(0.0, f64::max) / y_step).ceil() * y_step;
    let x_at = |x: f64| LEFT + (of_x(x) - low) / (high - low) * (RIGHT - LEFT);
    let y_at = |y: f64| BOTTOM - y / y_high * (BOTTOM - TOP);

    let mut svg = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 730 420\" role=\"img\">");
    let _ = write!(svg, "<title>{}</title>{STYLE}<rect class=\"b\" width=\"730\" height=\"420\"/>", picture.title);
    let _ = write!(svg, "<text class=\"t\" x=\"20\" y=\"28\">{}</text>", picture.title);
    let unit = if y_high >= 5_000.0 { (1_000.0, "microseconds") } else { (1.0, "nanoseconds") };
    let _ = write!(svg, "<text class=\"s\" x=\"20\" y=\"50\">{}</text>", unit.1);
    let mut mark = 0.0;
    while mark <= y_high * 1.001 {
        let y = y_at(mark);
        let _ = write!(svg, "<line class=\"g\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let _ =
            write!(svg, "<text text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>", LEFT - 8.0, y + 4.0, mark / unit.0);
        mark += y_step;
    }
    for mark in x_marks(picture, low, high, curves) {
        let _ =
            write!(svg, "<text text-anchor=\"middle\" x=\"{:.1}\" y=\"350\">{}</text>", x_at(mark), thousands(mark));
    }
    let _ = write!(svg, "<text text-anchor=\"middle\" x=\"{}\" y=\"374\">{}</text>", (LEFT + RIGHT) / 2.0, picture.x);
    let _ = write!(svg, "<text class=\"s\" x=\"20\" y=\"404\">{}</text>", escaped(machine));
    for (number, (shown, points)) in curves.iter().enumerate() {
        let way: Vec<_> = points.iter().map(|point| format!("{:.1},{:.1}", x_at(point.0), y_at(point.1))).collect();
        let way = way.join(" ");
        let _ = write!(svg, "<polyline class=\"c{number}\" fill=\"none\" stroke-width=\"2\" points=\"{way}\"/>");
        for point in points {
            let (x, y) = (x_at(point.0), y_at(point.1));
            let _ = write!(svg, "<circle class=\"d{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>");
        }
        let y = 24 + 20 * number;
        let _ = write!(svg, "<circle class=\"d{number}\" cx=\"470\" cy=\"{y}\" r=\"5\"/>");
        let _ = write!(svg, "<text x=\"482\" y=\"{}\">{shown}</text>", y + 4);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where the axis is labelled: at powers of ten, at each thread, or at round numbers.
fn x_marks(picture: &Picture, low: f64, high: f64, curves: &[(&str, Points)]) -> Vec<f64> {
    if picture.logarithmic {
        return (low as i32..=high as i32).map(|power| 10.0_f64.powi(power)).collect();
    }
    if picture.file.starts_with("threads") {
        return curves[0].1.iter().map(|point| point.0).collect();
    }
    let step = step(high / 6.0);
    (0..).map(|number| f64::from(number) * step).take_while(|mark| *mark <= high).collect()
}

/// The round number above: 1, 2 or 5 with zeros.
fn step(about: f64) -> f64 {
    let power = 10.0_f64.powf(about.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= about).unwrap()
}

fn thousands(number: f64) -> String {
    let digits = number.to_string();
    let split = |(place, digit): (usize, char)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        [comma.then_some(','), Some(digit)].into_iter().flatten()
    };
    digits.chars().enumerate().flat_map(split).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
