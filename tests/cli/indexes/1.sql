PRAGMA application_id = 1129467724;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE certificate ( fingerprint TEXT PRIMARY KEY, thumbprint TEXT NOT NULL, key_id TEXT NOT NULL, chain_digest TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, serial TEXT NOT NULL, dns_names BLOB NOT NULL, key_algorithm TEXT NOT NULL, not_before INTEGER, not_after INTEGER, has_key INTEGER NOT NULL, findings INTEGER NOT NULL, exportable INTEGER NOT NULL, stamps BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO "certificate" VALUES('06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12','11b06c54a0dd8db231d0c2f17d7bc249f45fa958','dba5d8cd1bec5bc50e36e5ebad3112fe60008631d2d8c09f1a2fd8915f73e552','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=later.example.com','O=Example, CN=Test intermediate','50574274277c1b04cbc64e1ad8b776578a492ef7',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E5020000000000003A7EEF20ED9BEA183A7EEF20ED9BEA1899201700000000009402000000000000B038C821ED9BEA18B038C821ED9BEA1887201700000000007905000000000000B038C821ED9BEA18B038C821ED9BEA188820170000000000F100000000000000B038C821ED9BEA18B038C821ED9BEA188920170000000000');
INSERT INTO "certificate" VALUES('06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d','3991c6cbed56a8c83582791e948888992a4aacc8','caf31be7523a064f55d04dfc47c636bd95bc4aa055941f0b32e51bfddfc99d55','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=young.example.com','O=Example, CN=Test intermediate','65a3fc617830e0a5dfdb03ab24a5d4c10a7750c7',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E502000000000000FCAE3822ED9BEA18FCAE3822ED9BEA189A20170000000000940200000000000039B45D22ED9BEA1839B45D22ED9BEA188B201700000000007905000000000000E82BA422ED9BEA18E82BA422ED9BEA188C20170000000000F10000000000000039C6D722ED9BEA1839C6D722ED9BEA188D20170000000000');
INSERT INTO "certificate" VALUES('4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d','6c4662794a83e6d69c48537d3791a8ae1952271d','da1b30be6a9ec8fed1d0c2c7601741d9855d9e8414a8a60da41f8c7d9e054ab8','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=held.example.com','O=Example, CN=Test intermediate','492470f1d3c837c5c107b98a4cde8dc9342f211b',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E10200000000000085926711ED9BEA1885926711ED9BEA18C6C61600000000009402000000000000423EAD11ED9BEA18423EAD11ED9BEA181CC016000000000075050000000000004247EA11ED9BEA184247EA11ED9BEA181EC0160000000000F100000000000000426BDE12ED9BEA18426BDE12ED9BEA18CEC0160000000000');
INSERT INTO "certificate" VALUES('566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46','5cf7647dd51b4128f1ed288c2b4ee64d122d9dd9','b08e19568b0b6d49065e633d3a2322fcda844907bfc858fbb9d975abbdb65239','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=new.example.com','O=Example, CN=Test intermediate','3dc78776863c3cb6f1fe17014eca9fffc7bef25b',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E10200000000000041741B13ED9BEA1841741B13ED9BEA18B8C6160000000000940200000000000041869513ED9BEA1841869513ED9BEA18B9C6160000000000750500000000000041980F14ED9BEA1841980F14ED9BEA18BCC6160000000000F1000000000000009B63A014ED9BEA189B63A014ED9BEA18BEC6160000000000');
INSERT INTO "certificate" VALUES('7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753','929043cfff389f78b500a98e86d2209dfc94ade8','a9377c87fd5af36f3f02e09dc1b6a9fa9a616472600827b8bedec4f08fd53aea','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=old.example.com','O=Example, CN=Test intermediate','583509d79832ee9a7746b29169b1c771e3999a4a',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E102000000000000ED817323ED9BEA18ED817323ED9BEA189B20170000000000940200000000000039EACB23ED9BEA1839EACB23ED9BEA188F20170000000000750500000000000039EACB23ED9BEA1839EACB23ED9BEA189020170000000000F10000000000000038FC4524ED9BEA1838FC4524ED9BEA183F20170000000000');
INSERT INTO "certificate" VALUES('bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00','0d088e819a42a19d6b5b9e702a083c25f9efc736','d06aad76a28d2ce707ba0e4d0f9ae396f2cd89f54fe6f705b38a89b0bab16670','d419c244d81ef2fbea42e94bef8dbeb769f879b22eaae75e8a5a21fb3ed4cf02','C=DE, O=Example, CN=web.example.com','O=Example, CN=Test intermediate','74a38e85e68c98c71564013127535a0f047dab1f',X'612E6578616D706C652E636F6D00','EC P-256',1767225600,3786825600,1,0,0,X'E102000000000000B17D2115ED9BEA18B17D2115ED9BEA184920170000000000940200000000000040C54015ED9BEA1840C54015ED9BEA183C20170000000000750500000000000040D7BA15ED9BEA1840D7BA15ED9BEA183D20170000000000F10000000000000040E0F715ED9BEA1840E0F715ED9BEA183E20170000000000');
CREATE TABLE chain ( fingerprint TEXT NOT NULL, position INTEGER NOT NULL, issuer INTEGER NOT NULL, PRIMARY KEY (fingerprint, position)) WITHOUT ROWID;
INSERT INTO "chain" VALUES('06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12',0,1);
INSERT INTO "chain" VALUES('06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d',0,1);
INSERT INTO "chain" VALUES('4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d',0,1);
INSERT INTO "chain" VALUES('566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46',0,1);
INSERT INTO "chain" VALUES('7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753',0,1);
INSERT INTO "chain" VALUES('bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00',0,1);
CREATE TABLE claim ( scope TEXT NOT NULL, type TEXT NOT NULL, position INTEGER NOT NULL, fingerprint TEXT NOT NULL, entry TEXT, effective_date INTEGER, roll INTEGER NOT NULL, exportable INTEGER NOT NULL, PRIMARY KEY (scope, type, position)) WITHOUT ROWID;
INSERT INTO "claim" VALUES('local','Default',0,'bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00','web',NULL,0,0);
INSERT INTO "claim" VALUES('local','Default',2,'566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46','new',3471292800,1,0);
INSERT INTO "claim" VALUES('local','External',0,'bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00','web',NULL,0,0);
INSERT INTO "claim" VALUES('local','Internal',2,'06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12','later',3502915200,0,0);
INSERT INTO "claim" VALUES('local','OAuthTokenIssuer',0,'06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d','young',1780272000,1,0);
INSERT INTO "claim" VALUES('local','OAuthTokenIssuer',1,'7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753','old',NULL,0,0);
CREATE TABLE content ( fingerprint TEXT PRIMARY KEY, key_digest TEXT NOT NULL, cert_pem TEXT NOT NULL);
INSERT INTO "content" VALUES('4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d','9a5066e3982f703f47f55043b320d5ab321f29b4b0dbb68a7ee97a1402c737a6','-----BEGIN CERTIFICATE-----
MIIB9DCCAZqgAwIBAgIUSSRw8dPIN8XBB7mKTN6NyTQvIRswCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDoxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRkwFwYDVQQDDBBoZWxkLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIKdtkYi+MO01D7qETz4TnLbqT/TyRYCL
1mSP69H7OtVjk2q5bk6IjtuAl5I9vfN5DKvhXhjzaP0Q5pUYsFzuTaOBhzCBhDAJ
BgNVHRMEAjAAMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAdBgNVHQ4E
FgQUnfx7vrfcKdRNLBFo3bD/f9GMDcswHwYDVR0jBBgwFoAU7w3k74la1/+2BREk
G6boXozcN/MwGAYDVR0RBBEwD4INYS5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNI
ADBFAiBCNJ4J/kMfmCVOHPcZu8lCRW0cRfQMfzBbfwcBjlT53wIhAPzFcxIlT8Pm
paOoDf2HLOGexEdSNFu0OqqY737+kZet
-----END CERTIFICATE-----
');
INSERT INTO "content" VALUES('566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46','0f4bfc494f20d25e5dcec21e28be7e326f0999ae8f76cd9ada060fa136012a02','-----BEGIN CERTIFICATE-----
MIIB9DCCAZmgAwIBAgIUPceHdoY8PLbx/hcBTsqf/8e+8lswCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDkxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRgwFgYDVQQDDA9uZXcuZXhhbXBsZS5jb20wWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAARei4ACU/u/NzAy+goFfSBtQi0vg/yhC5OB
xewV7egtO8FAf+Ar5TEOWODqQhiHWpF67tKoyp0UEz6Pn2uANirko4GHMIGEMAkG
A1UdEwQCMAAwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0GA1UdDgQW
BBTeerx98gOX/2BloLG7VK47977pyjAfBgNVHSMEGDAWgBTvDeTviVrX/7YFESQb
puhejNw38zAYBgNVHREEETAPgg1hLmV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0kA
MEYCIQDkmukFvceO75VJM9SirKrt3gkMJXfNLntvvYN70jESUAIhAPQ+6eq83t5R
B/KNl0jiYRUwASXoo15M2Pm1lp41s1ad
-----END CERTIFICATE-----
');
INSERT INTO "content" VALUES('bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00','286907214f300628d886e4eded5a26eb6ebf9733f522db66f9f060d646f40c61','-----BEGIN CERTIFICATE-----
MIIB9DCCAZmgAwIBAgIUdKOOheaMmMcVZAExJ1NaDwR9qx8wCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDkxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRgwFgYDVQQDDA93ZWIuZXhhbXBsZS5jb20wWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAAQMBUT4aTpUPdIgt4gck8lAwRkvSqknpxw3
kQD/FznkdFBO3fSXQlCEfKXxKJpFDM2m/XuxIT4aS/E2Co9X9xlAo4GHMIGEMAkG
A1UdEwQCMAAwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0GA1UdDgQW
BBQLjVYmx/J+9Kk5pH3muqZWX0KNdDAfBgNVHSMEGDAWgBTvDeTviVrX/7YFESQb
puhejNw38zAYBgNVHREEETAPgg1hLmV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0kA
MEYCIQDWcP6eXZlDYYDkPpqVZvAc97sOIAQ3hT5jKI18DITP1wIhAMu0OeGoNnK1
jOObXlEkU7/rntzmPFa/Ag+Hp8hkMqLN
-----END CERTIFICATE-----
');
INSERT INTO "content" VALUES('06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12','f3c41f52f6f4722df67bec00cd6bd64a66e18deb60a58502f90245d789075d32','-----BEGIN CERTIFICATE-----
MIIB9TCCAZugAwIBAgIUUFdCdCd8GwTLxk4a2Ld2V4pJLvcwCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDsxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRowGAYDVQQDDBFsYXRlci5leGFtcGxlLmNvbTBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABL/TWCKBjBIEvN2de6ssPQNeqobdrp+T
gTgcFV4I+Y15f3OlkAGkEvvCdbrg2chbuznVaxgiPGV5OJAk9Cjh9CejgYcwgYQw
CQYDVR0TBAIwADAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHQYDVR0O
BBYEFPMUSpS+ePPFJ5EXcb0w1Rry1yRcMB8GA1UdIwQYMBaAFO8N5O+JWtf/tgUR
JBum6F6M3DfzMBgGA1UdEQQRMA+CDWEuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwID
SAAwRQIgN6dRljZ/W5Y3K2ad5GSkgSZUssBlzrUo9zUofOdhWtgCIQCy/Fn3iUyx
V+lgtNfi4QpUixqgz7LEWxGzRqh7XosmOg==
-----END CERTIFICATE-----
');
INSERT INTO "content" VALUES('06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d','04c32e65c4903192e6b13164340bfce68d1d79ad6be111ef9e5c8d28b7c1cbd2','-----BEGIN CERTIFICATE-----
MIIB9TCCAZugAwIBAgIUZaP8YXgw4KXf2wOrJKXUwQp3UMcwCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDsxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRowGAYDVQQDDBF5b3VuZy5leGFtcGxlLmNvbTBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABMtnq2BikPFRsYQRZEG21w9uAs04mvPU
xkVl+XhiD9AyXtOhO/PSFYMo4NuIsZOO38Nx+UlBQuBc82z/NOF/IhOjgYcwgYQw
CQYDVR0TBAIwADAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHQYDVR0O
BBYEFN3iOrrjPt/HJcN6sNHAOVaqoAvrMB8GA1UdIwQYMBaAFO8N5O+JWtf/tgUR
JBum6F6M3DfzMBgGA1UdEQQRMA+CDWEuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwID
SAAwRQIhAODpAZpEtaiOLp5ntserG5FJZBjWDaLtZyANl+IC+/0GAiAiBxEzJcQI
y4v6L8tawZGTjbgYaU0PW/brV6b4LuwT/w==
-----END CERTIFICATE-----
');
INSERT INTO "content" VALUES('7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753','026b96f1ba51b4448d2d74ba55ea883266c11422871d8bee9b4aed314cc3a148','-----BEGIN CERTIFICATE-----
MIIB8jCCAZmgAwIBAgIUWDUJ15gy7pp3RrKRabHHceOZmkowCgYIKoZIzj0EAwIw
LjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UEAwwRVGVzdCBpbnRlcm1lZGlhdGUw
IBcNMjYwMTAxMDAwMDAwWhgPMjA4OTEyMzEwMDAwMDBaMDkxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdFeGFtcGxlMRgwFgYDVQQDDA9vbGQuZXhhbXBsZS5jb20wWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAASCHQ/onKALhJpOWC4VaHRCkaOaLkv/rq2N
4/DwZ+Q9M1tcPBWE67X+9vlpA3kbFu3uYR1gskNfCDs/kfJiankDo4GHMIGEMAkG
A1UdEwQCMAAwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0GA1UdDgQW
BBRP3PkG0NJjf53vViSxvevYxTR7XjAfBgNVHSMEGDAWgBTvDeTviVrX/7YFESQb
puhejNw38zAYBgNVHREEETAPgg1hLmV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0cA
MEQCIDwUuZogsSAbKWPTta2b0b2ec79tN/SS5cZS83HX9MrtAiBvnmhvwuoPln9B
8w3S6/Qtbtw6uf0kLNFpsvNyI9bsKQ==
-----END CERTIFICATE-----
');
CREATE TABLE holding (owner TEXT NOT NULL, entry TEXT NOT NULL, fingerprint TEXT NOT NULL, exportable INTEGER NOT NULL, PRIMARY KEY (owner, entry)) WITHOUT ROWID;
INSERT INTO "holding" VALUES('edge','held','4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d',0);
CREATE TABLE issuer (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, pem TEXT NOT NULL);
INSERT INTO "issuer" VALUES(1,'6329e4ee1774100a1d4af2c2adf7c2a5b4fc2071360ced5809cd0cd05777b8b8','-----BEGIN CERTIFICATE-----
MIIBuzCCAWGgAwIBAgIUXtQ5SBwfwYfDSOiaHHRtp0j2DL8wCgYIKoZIzj0EAwIw
JjEQMA4GA1UECgwHRXhhbXBsZTESMBAGA1UEAwwJVGVzdCByb290MCAXDTIwMDEw
MTAwMDAwMFoYDzIwOTAwMTAxMDAwMDAwWjAuMRAwDgYDVQQKDAdFeGFtcGxlMRow
GAYDVQQDDBFUZXN0IGludGVybWVkaWF0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABNDHe65VMq0/hjkEa2xnXUJG212/8FBFUdHlHmLaiPdAvtXZHY7AQWzvtE/+
d5gSVLCn4oNQA/i5nvMfsBijLuKjYzBhMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0P
AQH/BAQDAgEGMB0GA1UdDgQWBBTvDeTviVrX/7YFESQbpuhejNw38zAfBgNVHSME
GDAWgBR5XISDWrAaWLfyRnrTldQD8zMXaTAKBggqhkjOPQQDAgNIADBFAiEAilOd
DPZPwU+U7CbaROBudlA3U15VHGNwxszJdwT9ya8CIGrvr8F90XlCbmb3vuJvUrWt
4tUEC7HVbpCVMQTdpeub
-----END CERTIFICATE-----
');
CREATE TABLE meta (generation INTEGER NOT NULL);
INSERT INTO "meta" VALUES(3);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, url TEXT NOT NULL, result TEXT NOT NULL, queued_at INTEGER, attempts INTEGER NOT NULL, last_error TEXT);
INSERT INTO "outbox" VALUES(1,'20261123T072724Z-5609ee','http://127.0.0.1:9/','failed',1795418844,2,'Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server');
CREATE TABLE run (id TEXT PRIMARY KEY, started_at INTEGER, finished INTEGER NOT NULL, report INTEGER NOT NULL, json TEXT NOT NULL);
INSERT INTO "run" VALUES('20261123T072723Z-7f7e7c',1795418843,1,1,'{
  "api_version": "certroll/v1",
  "kind": "Run",
  "run_id": "20261123T072723Z-7f7e7c",
  "started_at": "2026-11-23T07:27:23Z",
  "finished_at": "2026-11-23T07:27:24Z",
  "at": "2026-11-23T07:27:23Z",
  "generation": 0,
  "generation_after": 1,
  "manifests": [
    {
      "path": "edge.yaml",
      "name": "edge",
      "sha256": "817c6aa6d9552f6185d36bf5fa0c659084f6fe0c453087115eed86f9eebcd49e",
      "commit": null
    }
  ],
  "summary": {
    "certificates": 3,
    "unchanged": 0,
    "import": 3,
    "assign": 1,
    "schedule": 1,
    "failed": 0,
    "warnings": 0
  },
  "actions": [
    {
      "action": "import",
      "outcome": "done",
      "certificate": "web",
      "owner": "edge",
      "scope": null,
      "type": null,
      "fingerprint": "bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00",
      "thumbprint": "0d088e819a42a19d6b5b9e702a083c25f9efc736",
      "subject": "C=DE, O=Example, CN=web.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": null,
      "relieves": null,
      "file": "edge.yaml",
      "line": 4,
      "reason": "not in the store yet"
    },
    {
      "action": "import",
      "outcome": "done",
      "certificate": "new",
      "owner": "edge",
      "scope": null,
      "type": null,
      "fingerprint": "566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46",
      "thumbprint": "5cf7647dd51b4128f1ed288c2b4ee64d122d9dd9",
      "subject": "C=DE, O=Example, CN=new.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2080-01-01T00:00:00Z",
      "relieves": null,
      "file": "edge.yaml",
      "line": 5,
      "reason": "not in the store yet"
    },
    {
      "action": "import",
      "outcome": "done",
      "certificate": "held",
      "owner": "edge",
      "scope": null,
      "type": null,
      "fingerprint": "4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d",
      "thumbprint": "6c4662794a83e6d69c48537d3791a8ae1952271d",
      "subject": "C=DE, O=Example, CN=held.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": null,
      "relieves": null,
      "file": "edge.yaml",
      "line": 6,
      "reason": "not in the store yet"
    },
    {
      "action": "assign",
      "outcome": "done",
      "certificate": "web",
      "owner": "edge",
      "scope": "local",
      "type": "Default",
      "fingerprint": "bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00",
      "thumbprint": "0d088e819a42a19d6b5b9e702a083c25f9efc736",
      "subject": "C=DE, O=Example, CN=web.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": null,
      "relieves": null,
      "file": "edge.yaml",
      "line": 4,
      "reason": "the slot has no certificate yet"
    },
    {
      "action": "schedule",
      "outcome": "done",
      "certificate": "new",
      "owner": "edge",
      "scope": "local",
      "type": "Default",
      "fingerprint": "566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46",
      "thumbprint": "5cf7647dd51b4128f1ed288c2b4ee64d122d9dd9",
      "subject": "C=DE, O=Example, CN=new.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2080-01-01T00:00:00Z",
      "relieves": "bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00",
      "file": "edge.yaml",
      "line": 5,
      "reason": "takes over at 2080-01-01T00:00:00Z by roll"
    }
  ],
  "problems": [],
  "report": {
    "file": null,
    "url": null,
    "delivery": "none",
    "deliveries": []
  }
}
');
INSERT INTO "run" VALUES('20261123T072724Z-7678b2',1795418844,1,1,'{
  "api_version": "certroll/v1",
  "kind": "Run",
  "run_id": "20261123T072724Z-7678b2",
  "started_at": "2026-11-23T07:27:24Z",
  "finished_at": "2026-11-23T07:27:24Z",
  "at": "2026-11-23T07:27:24Z",
  "generation": 1,
  "generation_after": 2,
  "manifests": [
    {
      "path": "edge.yaml",
      "name": "edge",
      "sha256": "817c6aa6d9552f6185d36bf5fa0c659084f6fe0c453087115eed86f9eebcd49e",
      "commit": null
    },
    {
      "path": "auth.yaml",
      "name": "auth",
      "sha256": "d4cdfb7a8023833e04780b7598a17d51530232a72d495ecc064106d1bde33a81",
      "commit": null
    }
  ],
  "summary": {
    "certificates": 6,
    "unchanged": 3,
    "import": 3,
    "assign": 1,
    "schedule": 1,
    "failed": 0,
    "warnings": 1
  },
  "actions": [
    {
      "action": "import",
      "outcome": "done",
      "certificate": "old",
      "owner": "auth",
      "scope": null,
      "type": null,
      "fingerprint": "7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753",
      "thumbprint": "929043cfff389f78b500a98e86d2209dfc94ade8",
      "subject": "C=DE, O=Example, CN=old.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": null,
      "relieves": null,
      "file": "auth.yaml",
      "line": 4,
      "reason": "not in the store yet"
    },
    {
      "action": "import",
      "outcome": "done",
      "certificate": "young",
      "owner": "auth",
      "scope": null,
      "type": null,
      "fingerprint": "06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d",
      "thumbprint": "3991c6cbed56a8c83582791e948888992a4aacc8",
      "subject": "C=DE, O=Example, CN=young.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2026-06-01T00:00:00Z",
      "relieves": null,
      "file": "auth.yaml",
      "line": 5,
      "reason": "not in the store yet"
    },
    {
      "action": "import",
      "outcome": "done",
      "certificate": "later",
      "owner": "auth",
      "scope": null,
      "type": null,
      "fingerprint": "06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12",
      "thumbprint": "11b06c54a0dd8db231d0c2f17d7bc249f45fa958",
      "subject": "C=DE, O=Example, CN=later.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2081-01-01T00:00:00Z",
      "relieves": null,
      "file": "auth.yaml",
      "line": 6,
      "reason": "not in the store yet"
    },
    {
      "action": "assign",
      "outcome": "done",
      "certificate": "young",
      "owner": "auth",
      "scope": "local",
      "type": "OAuthTokenIssuer",
      "fingerprint": "06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d",
      "thumbprint": "3991c6cbed56a8c83582791e948888992a4aacc8",
      "subject": "C=DE, O=Example, CN=young.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2026-06-01T00:00:00Z",
      "relieves": "7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753",
      "file": "auth.yaml",
      "line": 5,
      "reason": "the slot is new, with the one before it as previous"
    },
    {
      "action": "schedule",
      "outcome": "done",
      "certificate": "later",
      "owner": "auth",
      "scope": "local",
      "type": "Internal",
      "fingerprint": "06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12",
      "thumbprint": "11b06c54a0dd8db231d0c2f17d7bc249f45fa958",
      "subject": "C=DE, O=Example, CN=later.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": "2081-01-01T00:00:00Z",
      "relieves": null,
      "file": "auth.yaml",
      "line": 6,
      "reason": "takes over at 2081-01-01T00:00:00Z, unseen until then"
    }
  ],
  "problems": [
    {
      "severity": "warning",
      "code": "empty_until_effective",
      "file": "auth.yaml",
      "line": 6,
      "column": 5,
      "certificate": "later",
      "message": "local/Internal has no certificate until 2081-01-01T00:00:00Z",
      "hint": "Add an entry that is in effect until then, or none if the gap is meant."
    }
  ],
  "report": {
    "file": null,
    "url": null,
    "delivery": "none",
    "deliveries": []
  }
}
');
INSERT INTO "run" VALUES('20261123T072724Z-0bb264',1795418844,1,1,'{
  "api_version": "certroll/v1",
  "kind": "Run",
  "run_id": "20261123T072724Z-0bb264",
  "started_at": "2026-11-23T07:27:24Z",
  "finished_at": "2026-11-23T07:27:24Z",
  "at": "2026-11-23T07:27:24Z",
  "generation": 2,
  "generation_after": 3,
  "manifests": [
    {
      "path": "import",
      "name": "import",
      "sha256": "5cf8c7b9d43e8b6dafc9e15eee122534275251d3bcaaef1a3f89da0478e49373",
      "commit": null
    }
  ],
  "summary": {
    "certificates": 1,
    "unchanged": 0,
    "assign": 1,
    "failed": 0,
    "warnings": 0
  },
  "actions": [
    {
      "action": "assign",
      "outcome": "done",
      "certificate": "web",
      "owner": "import",
      "scope": "local",
      "type": "External",
      "fingerprint": "bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00",
      "thumbprint": "0d088e819a42a19d6b5b9e702a083c25f9efc736",
      "subject": "C=DE, O=Example, CN=web.example.com",
      "not_before": "2026-01-01T00:00:00Z",
      "not_after": "2089-12-31T00:00:00Z",
      "effective_date": null,
      "relieves": null,
      "file": null,
      "line": null,
      "reason": "the slot has no certificate yet"
    }
  ],
  "problems": [],
  "report": {
    "file": null,
    "url": null,
    "delivery": "none",
    "deliveries": []
  }
}
');
INSERT INTO "run" VALUES('20261123T072724Z-5609ee',1795418844,1,1,'{
  "api_version": "certroll/v1",
  "kind": "Run",
  "run_id": "20261123T072724Z-5609ee",
  "started_at": "2026-11-23T07:27:24Z",
  "finished_at": "2026-11-23T07:27:24Z",
  "at": "2026-11-23T07:27:24Z",
  "generation": 3,
  "generation_after": 3,
  "manifests": [
    {
      "path": "edge.yaml",
      "name": "edge",
      "sha256": "817c6aa6d9552f6185d36bf5fa0c659084f6fe0c453087115eed86f9eebcd49e",
      "commit": null
    },
    {
      "path": "missing.yaml",
      "name": null,
      "sha256": null,
      "commit": null
    }
  ],
  "summary": {
    "certificates": 3,
    "unchanged": 3,
    "failed": 0,
    "warnings": 0
  },
  "actions": [],
  "problems": [
    {
      "severity": "error",
      "code": "unreadable_manifest",
      "file": "missing.yaml",
      "line": null,
      "column": null,
      "certificate": null,
      "message": "the manifest cannot be read: No such file or directory",
      "hint": "Check the path and that the user certroll runs as may read it."
    },
    {
      "severity": "error",
      "code": "delivery_failed",
      "file": null,
      "line": null,
      "column": null,
      "certificate": null,
      "message": "the report of the run 20261123T072724Z-5609ee did not reach http://127.0.0.1:9/: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server",
      "hint": "Mend the receiver, its URL or what is sent with it; what waits goes out with a later run."
    }
  ],
  "report": {
    "file": null,
    "url": "http://127.0.0.1:9/",
    "delivery": "queued",
    "deliveries": [
      {
        "url": "http://127.0.0.1:9/",
        "delivery": "queued",
        "attempts": 1,
        "error": "Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server"
      }
    ]
  }
}
');
INSERT INTO "run" VALUES('20261123T072724Z-f2ef55',1795418844,1,1,'{
  "api_version": "certroll/v1",
  "kind": "Run",
  "run_id": "20261123T072724Z-f2ef55",
  "started_at": "2026-11-23T07:27:24Z",
  "finished_at": "2026-11-23T07:27:24Z",
  "at": "2026-11-23T07:27:24Z",
  "generation": 3,
  "generation_after": 3,
  "manifests": [
    {
      "path": "edge.yaml",
      "name": "edge",
      "sha256": "817c6aa6d9552f6185d36bf5fa0c659084f6fe0c453087115eed86f9eebcd49e",
      "commit": null
    },
    {
      "path": "auth.yaml",
      "name": "auth",
      "sha256": "d4cdfb7a8023833e04780b7598a17d51530232a72d495ecc064106d1bde33a81",
      "commit": null
    }
  ],
  "summary": {
    "certificates": 6,
    "unchanged": 6,
    "failed": 0,
    "warnings": 1
  },
  "actions": [],
  "problems": [
    {
      "severity": "warning",
      "code": "empty_until_effective",
      "file": "auth.yaml",
      "line": 6,
      "column": 5,
      "certificate": "later",
      "message": "local/Internal has no certificate until 2081-01-01T00:00:00Z",
      "hint": "Add an entry that is in effect until then, or none if the gap is meant."
    },
    {
      "severity": "error",
      "code": "delivery_failed",
      "file": null,
      "line": null,
      "column": null,
      "certificate": null,
      "message": "the report of the run 20261123T072724Z-5609ee did not reach http://127.0.0.1:9/: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server",
      "hint": "Mend the receiver, its URL or what is sent with it; what waits goes out with a later run."
    }
  ],
  "report": {
    "file": null,
    "url": null,
    "delivery": "none",
    "deliveries": []
  }
}
');
CREATE TABLE run_certificate (run TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (run, fingerprint)) WITHOUT ROWID;
INSERT INTO "run_certificate" VALUES('20261123T072723Z-7f7e7c','4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d');
INSERT INTO "run_certificate" VALUES('20261123T072723Z-7f7e7c','566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46');
INSERT INTO "run_certificate" VALUES('20261123T072723Z-7f7e7c','bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00');
INSERT INTO "run_certificate" VALUES('20261123T072724Z-0bb264','bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00');
INSERT INTO "run_certificate" VALUES('20261123T072724Z-7678b2','06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12');
INSERT INTO "run_certificate" VALUES('20261123T072724Z-7678b2','06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d');
INSERT INTO "run_certificate" VALUES('20261123T072724Z-7678b2','7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753');
CREATE TABLE slot (scope TEXT NOT NULL, type TEXT NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (scope, type)) WITHOUT ROWID;
INSERT INTO "slot" VALUES('local','Default','edge');
INSERT INTO "slot" VALUES('local','External','import');
INSERT INTO "slot" VALUES('local','Internal','auth');
INSERT INTO "slot" VALUES('local','OAuthTokenIssuer','auth');
CREATE TABLE source (digest TEXT NOT NULL, owner TEXT NOT NULL, fingerprint TEXT NOT NULL, not_after INTEGER, PRIMARY KEY (digest, owner)) WITHOUT ROWID;
INSERT INTO "source" VALUES('08c656de522e6e121b3d16c93aa8799da3ba2ecf5a5eccd93c2a8834648a4b4a','edge','bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00',3786825600);
INSERT INTO "source" VALUES('08c656de522e6e121b3d16c93aa8799da3ba2ecf5a5eccd93c2a8834648a4b4a','import','bc32d768825f85f7c25d869a775a23e1e377abb3ef378830a032ee080decde00',3786825600);
INSERT INTO "source" VALUES('1a9d3c7726906f85bc79467ccd72b3a8fd46d3b3d479ddb195f55fb8e3079bcd','auth','7b427386441b9209fc55df6c9469c21835bc04170b6ff86b4ec25f5571689753',3786825600);
INSERT INTO "source" VALUES('42509113f03621236bcee9bde5e1c1a6f86a73ad4bb5c8e12167d2d05efb7cdf','edge','566a637891424799e75c0e7c574a28839f362918b6eb73b7b5461a192cf07a46',3786825600);
INSERT INTO "source" VALUES('a5fea3fcb2e514927c9692aa6b0c913103d54aba1d9afe03e38cfec6d7725463','auth','06cc925c20f13a5b54b84cc430450f3e9890f63d4f1479dae8a1bbd54675147d',3786825600);
INSERT INTO "source" VALUES('a7b54fe4f488af5e6bed592421d7ed50f5dd2fbdd7f87863b8b689ccdff100ce','edge','4ad6649b5f88af67099eadb74bbd6f3109a99b6068a6eb793e7f283253a9e39d',3786825600);
INSERT INTO "source" VALUES('d68aab40aaa92f1df3e0fa3329285fd4364839e0faccaae2c38aeff1e15f8d00','auth','06c5331c7bf011083f430bcb8aba506a92fe37a2633fbf8ff1af0ddb448a8a12',3786825600);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',1);
COMMIT;
