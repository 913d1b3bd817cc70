"""First names that tell a person's gender, where English-language news uses them so.

Names borne by both are left out, because a wrong guess would send a pronoun astray.
"""

from __future__ import annotations

MALE = frozenset(
    """aaron abdul abdullah abraham adam adrian ahmed alan albert alberto alejandro aleksandr alexander
    alexei alfred ali allan allen alvin amir anatoly anders andreas andré andre andrew andy angelo
    anthony antonio antony ari arnold arthur asad asif barack barry bart bashar ben benedict
    benjamin benny bernard bernie bert bill billy bjorn bob bobby boris brad bradley brandon brendan
    brent brett brian bruce bruno bryan byron calvin carl carlos cesar chad charles charlie
    chester chris christian christoph christopher chuck clarence claude clayton clint clive clyde
    colin conor corey craig curt curtis cyril dale damian damon dan daniel danny dario darrell
    darren dave david dean dennis derek desmond diego dieter dimitri dirk dmitri dmytro dominic
    don donald doug douglas duncan dwayne dwight earl ed eddie edgar eduardo edward edwin eli
    elias elijah elliott emanuel emiliano emmanuel enrique eric erik ernest ernie eugene evan
    evgeny felipe felix fernando floyd francesco francisco frank franklin fred frederick
    gabriel garrett gary gavin gene geoff geoffrey george gerald gerard gerhard giancarlo gilbert
    giovanni giuseppe glen glenn gordon graham greg gregory guillermo gunther gus guy hamid hank
    hans harold harry harvey hassan hector helmut henri henrik henry herbert herman howard hugh
    hugo ian ibrahim igor isaac ismail ivan jack jacob jacques jaime jake jakob james jared jason
    javier jay jeb jeff jeffrey jeremy jerome jerry jesse jim jimmy joachim joao joe joel johan john
    johnny jon jonah jonas jonathan jorge jose joseph josh joshua josé juan julian julio
    jurgen justin kamal karl keith ken kenneth kent kevin khalid kirk klaus konstantin kurt kyle
    lance larry lars laurent lawrence leo leon leonard leonardo leonid leroy lester lewis liam
    lindsey lloyd lorenzo lou louis luca lucas luis luke luther magnus mahmoud manuel marc marcel
    marcelo marco marcos marcus mario mark marshall martin marvin mateo matt matteo matthew maurice
    max maxim mehmet melvin michael michel miguel mike mikhail milton mitch mitchell mohamed
    mohammad mohammed moses muhammad mustafa nathan nathaniel neal ned neil nelson nicholas nick
    nicolas nigel nikolai noah noel norman oleg oleksandr oliver omar oscar osama otto owen pablo
    patrick paul pavel pedro pete peter petro phil philip philippe phillip pierre piers rafael
    rahm raj rajesh ralph ramon randall randy raphael raul ray raymond reggie reginald reince rene
    reuben rex ricardo richard rick ricky rob robert roberto rod rodney rodrigo roger roland rolf
    roman ron ronald rory ross roy rudolf rudy rupert russell ryan saad saddam sajid salman sam
    samir samuel santiago scott sean sebastian sergei sergey sergio seth shane shawn sheldon sid
    sidney silvio simon stan stanley stefan stephen steve steven stewart stuart sven tariq ted teddy
    terrence terry theodore thierry thomas tim timothy tobias todd tom tomas tommy tony travis
    trevor tyler valery vernon victor viktor vince vincent vitali vladimir volodymyr wallace walter
    warren wayne wesley wilbur wilfred wilhelm will willem william willie wolfgang xavier xi yasser
    yuri yusuf zachary newt ivo mitt brock denzel demetrius deshawn jamal tyrone tavis hamza
    haruto hiroshi kenji takeshi shinzo satoshi wei ming jun minh sanjay vijay ravi arjun anil narendra
    kofi kwame chidi emeka tunde thabo sipho jomo barnaby rowan gareth callum declan niall seamus
    nils jens leif knut ole lasse mats henning fergus alistair angus hamish lachlan kieran cormac eoin tadhg""".split()  # noqa: SIM905 - a page of strings helps nobody
)
FEMALE = frozenset(
    """abigail ada adele adriana agnes aisha alejandra alexandra alexandria alice alicia alison allison
    alma amanda amber amelia amina amy ana anastasia andrea angela angelina anita ann anna anne
    annette annie antonia april ariana arlene ashley audrey aung ayesha barbara beatrice beatriz
    becky belinda bernadette bernice bertha bessie beth bethany betsy betty beverly bianca bonnie
    brenda bridget brittany camila camille candace cara carla carly carmen carol carole carolina caroline
    carolyn carrie cassandra catherine cathy cecilia celeste charlotte chelsea cheryl chiara
    chloe christiane christina christine cindy claire clara claudia colleen condoleezza connie
    constance consuelo cora courtney cristina crystal cynthia daisy daniela danielle daphne darlene
    dawn deb debbie deborah debra deirdre delia delores denise diana diane dianne dina dolores donna
    dora doreen doris dorothy edith edna eileen elaine eleanor elena elisa elisabeth elise eliza
    elizabeth ella ellen eloise elsa elsie emilia emily emma erica erika erin esmeralda estelle
    esther ethel eugenia eunice eva evelyn fatima felicia fiona flora florence frances francesca
    gabriela gabrielle gail geraldine gertrude gina giorgia gisele gladys glenda gloria grace greta
    guadalupe gwen hannah harriet hazel heather heidi helen helena helene henrietta hilary hilda
    hillary holly hope huma ida imelda ines ingrid inga irene iris irina isabel isabella isabelle
    ivanka jackie jacqueline jamila jane janet janice janine jasmine jeanette jeanne jen jenna
    jennifer jenny jessica jill jo joan joanna joanne jocelyn josephine joy joyce juanita judith judy
    julia juliana julie juliet june kaitlyn kamala karen karin karla kate katarina katherine
    kathleen kathryn kathy katie katrina kayla kellyanne kelsey kendra kimberly kirsten kirstjen
    kristen kristin kristina lana lara latoya laura lauren laurie lena leticia lillian lily linda
    lisa liz liza lois lola loretta lori lorraine louisa louise lucia lucille lucy luisa lydia
    lynn mabel madeleine madeline maggie malala malia mandy manuela marcia margaret margarita
    margot maria mariah mariam marian mariana marianne marie marilyn marina marjorie marlene marsha
    martha mary maryam matilda maureen maxine may megan meghan melania melanie melinda melissa mercedes
    meredith mia michaela michele michelle mildred mimi mindy minerva miranda miriam molly
    mona monica muriel myra nadia nancy naomi natalia natalie natasha nellie nicola nicole nina nora norma
    octavia olga olivia ornella paige pam pamela patricia patsy patti paula pauline pearl peggy
    penelope penny petra phoebe phyllis priscilla rachel ramona raquel rebecca regina renata rhonda
    rita roberta rosa rosalind rose rosemary rosie ruth sabrina sadie sally samantha sandra
    sara sarah sasha selena serena shannon sharon sheila shelley sheryl shirley silvia simone
    sofia sonia sonya sophia sophie stacey stella stephanie sue susan susana susanna susie suzanne
    sylvia tabitha tamara tammy tanya tara tatiana teresa tessa thelma theresa tiffany tina toni
    tracey tricia tulsi ursula valentina valerie vanessa vera veronica vicki vicky victoria viola
    violet virginia vivian wanda wendy whitney wilma winifred yael yasmin yelena yolanda yulia
    yvette yvonne zainab zoe aoife siobhan niamh saoirse priya anjali lakshmi deepa sunita
    mei ling yuki keiko naoko akiko thandiwe ngozi adaeze folake amara carly michaela sinead
    bronwyn rhiannon ffion imogen jemima philippa tamsin""".split()  # noqa: SIM905 - as above
)


def gender_of(first_name: str) -> str:
    """Either "m" or "f"; "" where the name does not tell."""
    name = first_name.lower().strip(".")
    return "m" if name in MALE else "f" if name in FEMALE else ""
