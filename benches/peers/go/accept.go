// gokrb5: `accept [SECTION] DIR` reads what `negotiate-peers mint DIR` has written and prints "what nanoseconds" a line, the median of
// many. Debian: golang-go golang-github-jcmturner-gokrb5.v8-dev.
//
// What it leaves out: it has no AP-REP, so that mutual authentication is not answered and the rows with and without it are the same
// work; the authenticator's checksum (flags, channel bindings) is not looked at, nor the realm of the ticket against the
// authenticator's; no Camellia; wrapped messages are signed only. What it does besides: its replay cache, in memory, is
// on, and a PAC is decoded and its server signature verified.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// The types that gokrb5 has and this crate has too.
var etypes = map[string]int32{
	"aes256-cts-hmac-sha1-96":    18,
	"aes128-cts-hmac-sha1-96":    17,
	"aes256-cts-hmac-sha384-192": 20,
	"aes128-cts-hmac-sha256-128": 19,
	"rc4-hmac":                   23,
}

// The key under which gokrb5's spnego keeps who has logged in; it has no name outside.
const credentialsKey = "github.com/jcmturner/gokrb5/v8/ctxCredentials"

var sizes = []int{64, 1024, 65536}

// A clock may be so wrong: a run with many peers takes longer than the usual five minutes.
const skew = time.Hour

// What a section measures. `accept DIR` measures all, in this order.
var sections = []struct {
	name string
	run  func(dir string)
}{
	{"spnego", codecs},
	{"accept", accepts},
	{"messages", func(dir string) { withKeys(dir, messagesOf) }},
	{"decrypt", func(dir string) { withKeys(dir, decrypts) }},
	{"string-to-key", func(string) { stringsToKeys() }},
	{"keytab", keytabs},
	{"replay", func(string) { replays() }},
}

func main() {
	dir := os.Args[len(os.Args)-1]
	for _, section := range sections {
		if len(os.Args) < 3 || os.Args[1] == section.name {
			section.run(dir)
		}
	}
}

// Logins, each token once.
func accepts(dir string) {
	kt, err := keytab.Load(filepath.Join(dir, "keytab"))
	must(err)
	files, err := filepath.Glob(filepath.Join(dir, "accept", "*", "*", "*.tokens"))
	must(err)
	for _, file := range files {
		work, err := filepath.Rel(dir, strings.TrimSuffix(file, ".tokens"))
		must(err)
		parts := strings.Split(work, "/")
		_, known := etypes[parts[1]]
		// It knows no signature of a PAC by the types of RFC 8009.
		signed := strings.Contains(parts[1], "-sha256-") || strings.Contains(parts[1], "-sha384-")
		if known && (parts[3] == "no-pac" || !signed) {
			logins(work, kt, tokensOf(file))
		} else {
			fmt.Fprintln(os.Stderr, work+": refused")
		}
	}
}

// The same logins with other keytabs, which gokrb5 looks through from the first entry to the last.
func keytabs(dir string) {
	for _, count := range []int{10, 100_000} {
		kt, err := keytab.Load(filepath.Join(dir, fmt.Sprintf("keytab-%d", count)))
		must(err)
		tokens := tokensOf(filepath.Join(dir, "accept/aes256-cts-hmac-sha1-96/spnego/no-pac.tokens"))
		service.GetReplayCache(skew).ClearOldEntries(0)
		logins(fmt.Sprintf("keytab/%d", count), kt, tokens[:min(len(tokens), 500)])
	}
}

func logins(work string, kt *keytab.Keytab, tokens [][]byte) {
	limit := service.MaxClockSkew(skew)
	settings, mechanism := service.NewSettings(kt, limit), spnego.SPNEGOService(kt, limit)
	accept := func(token []byte) *credentials.Credentials { return acceptSpnego(mechanism, token) }
	if strings.Contains(work, "/raw") {
		accept = func(token []byte) *credentials.Credentials { return acceptRaw(settings, token) }
	}
	report(work, len(tokens), func(round int) {
		if who := accept(tokens[round]); who.UserName() != "alice" || who.Domain() != "EXAMPLE.TEST" {
			panic("logged in as " + who.UserName())
		}
	})
}

func acceptRaw(settings *service.Settings, octets []byte) *credentials.Credentials {
	var token spnego.KRB5Token
	must(token.Unmarshal(octets))
	ok, who, err := service.VerifyAPREQ(&token.APReq, settings)
	must(err)
	if !ok {
		panic("refused")
	}
	return who
}

// gokrb5's answer in SPNEGO is one constant text: nothing is encoded.
func acceptSpnego(mechanism *spnego.SPNEGO, octets []byte) *credentials.Credentials {
	var token spnego.SPNEGOToken
	must(token.Unmarshal(octets))
	ok, ctx, status := mechanism.AcceptSecContext(&token)
	if !ok {
		panic(status.Error())
	}
	return who(ctx)
}

func who(ctx context.Context) *credentials.Credentials {
	return ctx.Value(credentialsKey).(*credentials.Credentials)
}

func codecs(dir string) {
	offer, err := os.ReadFile(filepath.Join(dir, "spnego.token"))
	must(err)
	report("spnego/parse", 5000, func(int) {
		var token spnego.SPNEGOToken
		must(token.Unmarshal(offer))
		answer := spnego.NegTokenResp{
			NegState:      asn1.Enumerated(spnego.NegStateAcceptCompleted),
			SupportedMech: token.NegTokenInit.MechTypes[0],
		}
		_, err := answer.Marshal()
		must(err)
	})
	request, err := os.ReadFile(filepath.Join(dir, "ap-req.octets"))
	must(err)
	report("ap-req/parse", 5000, func(int) {
		var message messages.APReq
		must(message.Unmarshal(request))
	})
}

// The initiator's MICs: gokrb5 makes no others, and seals nothing.
func messagesOf(name string, key types.EncryptionKey) {
	if name == "rc4-hmac" {
		return // RFC 4121's messages with a key of rc4-hmac are none of RFC 4757.
	}
	for _, size := range sizes {
		message := make([]byte, size)
		report(fmt.Sprintf("%s/mic-%d", name, size), rounds(size), func(int) {
			token, err := gssapi.NewInitiatorMICToken(message, key)
			must(err)
			_, err = token.Marshal()
			must(err)
		})
	}
}

// 1.5 KB, with the key derivation: there is no door past it.
func decrypts(name string, key types.EncryptionKey) {
	etype, err := crypto.GetEtype(key.KeyType)
	must(err)
	_, cipher, err := etype.EncryptMessage(key.KeyValue, make([]byte, 1500), 2)
	must(err)
	report("decrypt/"+name, 5000, func(int) {
		plain, err := etype.DecryptMessage(key.KeyValue, cipher, 2)
		must(err)
		if len(plain) < 1500 {
			panic("too short")
		}
	})
}

func stringsToKeys() {
	for name, id := range etypes {
		etype, err := crypto.GetEtype(id)
		must(err)
		report("string-to-key/"+name, 15, func(int) {
			_, err := etype.StringToKey("Passw0rd!alice", "EXAMPLE.TESTalice", etype.GetDefaultStringToKeyParams())
			must(err)
		})
	}
}

// A new authenticator put to the cache that holds this many, of 1,000 users. There is one cache in a process: what was in it
// is forgotten first.
func replays() {
	sname := types.NewPrincipalName(2, "HTTP/www.example.test")
	cache := service.GetReplayCache(skew)
	for power, count := 3, 1000; power <= 6; power, count = power+1, count*10 {
		cache.ClearOldEntries(0)
		for number := 0; number < count; number++ {
			cache.AddEntry(sname, authenticator(number))
		}
		var fresh []types.Authenticator
		for number := 0; number < 1000; number++ {
			fresh = append(fresh, authenticator(count+number))
		}
		report(fmt.Sprintf("replay/1e%d", power), len(fresh), func(round int) {
			if cache.IsReplay(sname, fresh[round]) {
				panic("seen before")
			}
		})
	}
}

func authenticator(number int) types.Authenticator {
	cname := types.NewPrincipalName(1, fmt.Sprintf("user%d", number%1000))
	return types.Authenticator{CName: cname, CTime: time.Unix(int64(number), 0).UTC(), Cusec: number % 1_000_000}
}

// Prints the median of what `work` took, its garbage with it: the collector runs where it wants to.
func report(what string, rounds int, work func(round int)) {
	debug.FreeOSMemory()
	times := make([]time.Duration, rounds)
	for round := range times {
		begun := time.Now()
		work(round)
		times[round] = time.Since(begun)
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	fmt.Println(what, times[rounds/2].Nanoseconds())
}

func rounds(size int) int {
	if size > 10_000 {
		return 500
	}
	return 5000
}

// A file of tokens: length, octets.
func tokensOf(file string) (tokens [][]byte) {
	octets, err := os.ReadFile(file)
	must(err)
	for len(octets) > 0 {
		end := 4 + binary.BigEndian.Uint32(octets)
		tokens = append(tokens, octets[4:end])
		octets = octets[end:]
	}
	return tokens
}

// Calls `work` with each key of a type that gokrb5 has.
func withKeys(dir string, work func(name string, key types.EncryptionKey)) {
	file, err := os.Open(filepath.Join(dir, "keys"))
	must(err)
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		key, err := hex.DecodeString(words[1])
		must(err)
		if etype, ok := etypes[words[0]]; ok {
			work(words[0], types.EncryptionKey{KeyType: etype, KeyValue: key})
		}
	}
}

func min(one, other int) int {
	if one < other {
		return one
	}
	return other
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
