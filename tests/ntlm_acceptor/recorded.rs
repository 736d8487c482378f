use crate::case::{Doors, shared};

#[test]
fn explore() {
    for case in shared().unwrap() {
        for (label, doors) in
            [("closed", Doors::default()), ("open", Doors { ntlmv1: true, anonymous: true, weak: true })]
        {
            let acceptor = case.acceptor(&case.password, doors);
            let raw = match case.run(&acceptor, &case.authenticate) {
                Ok(context) => format!(
                    "OK cb {} key {} {:?}",
                    context.channel_bindings(),
                    context.session_key() == case.session_key,
                    context.flags()
                ),
                Err(e) => format!("{} {}", e.error.kind(), e.error),
            };
            println!("{} {label} right {} : {raw}", case.name, case.is_right);
        }
        if case.tokens.len() == 2 {
            let acceptor = case.acceptor(&case.password, Doors { ntlmv1: true, anonymous: true, weak: true });
            match case.run_tokens(&acceptor) {
                Ok(_) => {}
                Err(e) => println!("  TOKENS {} {} {}", case.name, e.error.kind(), e.error),
            }
        }
    }
}
