"""Places as results name them: the home of the restrictions, the large consumers, names for people."""

HOME = "CN"
WORLD = "WORLD"
BLOCS = ("CN", "US", "EU", "JP")
NAMES = {
    "CN": "China",
    "US": "United States",
    "EU": "Europe",
    "JP": "Japan",
    "KR": "Korea",
    "IN": "India",
    "VN": "Viet Nam",
    "AU": "Australia",
    "CA": "Canada",
    "BR": "Brazil",
    "RU": "Russia",
    "MY": "Malaysia",
    "MM": "Myanmar",
    "TH": "Thailand",
    "LA": "Laos",
    "ZA": "South Africa",
    "TZ": "Tanzania",
    "MW": "Malawi",
    "AO": "Angola",
    "MG": "Madagascar",
    "BI": "Burundi",
    "NG": "Nigeria",
    "NA": "Namibia",
    "UG": "Uganda",
    "CD": "DR Congo",
    "GL": "Greenland",
    "ROW": "other",
    "WORLD": "world",
    "OUTSIDE": "outside China",
}
