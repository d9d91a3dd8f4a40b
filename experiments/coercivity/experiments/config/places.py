"""Places as results name them: the home of the restrictions, the large consumers, names for people."""

HOME = "CN"
WORLD = "WORLD"
BLOCS = ("CN", "US", "EU", "JP")
ALLIES = "ALLIES"
ALLIED = ("US", "EU", "JP", "KR", "AU")  # states whose public money is added up as that of the allies
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
    "ROW": "rest of the world",
    "WORLD": "world",
    "OUTSIDE": "outside China",
    ALLIES: "allies (US, Europe, Japan, Korea, Australia)",
}
