package sampleforge

// words is what projects are made of.
type words struct {
	qualities, things, odd, topics, branches, sentences, oddDescriptions []string
}

//nolint:gosmopolitan // what these words are for is to be of every script
func vocabulary() words {
	return words{
		qualities: []string{
			"open", "internal", "async", "shared", "legacy", "mobile", "secure", "event", "data", "search", "billing", "user",
			"image", "audit", "edge", "config", "metrics", "payment", "mail", "map",
		},
		things: []string{
			"gateway", "portal", "pipeline", "catalog", "dashboard", "proxy", "scheduler", "notebook", "library", "website",
			"operator", "exporter", "toolkit", "archive", "registry", "importer", "simulator", "handbook", "client", "theme",
		},
		// Scripts from right to left, planes beyond the first, marks that combine,
		// joiners, markup and quotes: whatever breaks a careless mirror.
		odd: []string{
			"Système d'information géographique", "数据平台", "منصة البيانات المفتوحة", "מערכת לניהול נתונים", "🚀 Launchpad 🛰️",
			"𝔐𝔞𝔱𝔥 𝕟𝕠𝕥𝕖𝕤", "データ可視化ツール", "Straßenverkehr ÄÖÜ", "cafe\u0301 (combining)", "👩‍👩‍👧‍👦 family tree", "<b>bold</b> & \"quoted\"",
			"проект «Ёлка»", "ข้อมูลเปิด", "İstanbul ılık", "a/b\\c 'd' `e`",
		},
		topics: []string{
			"go", "python", "kubernetes", "open-data", "frontend", "devops", "security", "machine-learning", "géo", "日本語", "ci", "docs",
			"postgresql", "api",
		},
		branches: []string{"main", "trunk", "master", "develop", "release/2.x"},
		sentences: []string{
			"Collects what the other services publish and keeps it in one place.",
			"Runs every night; see the handbook for what to do when it does not.",
			"Reference implementation of the exchange format, with a validator.",
			"Superseded by the new portal, kept for its history.",
			"Infrastructure as code for the staging and production clusters.",
			"Small tools around the public register; contributions are welcome.",
			"Import and export of spreadsheets, written for the finance team.",
			"Experiments for the workshop, not meant for production use.",
		},
		oddDescriptions: []string{
			"First line.\nSecond line with \"quotes\", commas, and a tab:\there.\r\nThird line after CRLF.",
			"<p>Markup &amp; <script>alert('x')</script></p>",
			"מיזם קוד פתוח – תיאור מימין לשמאל עם English באמצע",
			"مشروع مفتوح المصدر، مع أرقام ١٢٣ and Latin text",
			"Emoji 🦄🏳️‍🌈 and astral planes: 𝒜𝓁𝓅𝒽𝒶 𠜎𠜱",
			"separators \u2028 and \u2029, a byte order mark \ufeff, a zero-width joiner \u200d",
			"back\\slash, 'single', `back`, %percent, {{ template }}, ${VAR}, ; drop table projects; --",
			" leading and trailing blanks ",
			"null",
		},
	}
}
